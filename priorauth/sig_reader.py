"""One dose of a prescription's directions, read from left to right. `priorauth.sig` puts doses together."""

from __future__ import annotations

import re
from fractions import Fraction

from priorauth import sig_words as w
from priorauth.sig_model import Part, Sig, SigError, plural, show

MONTH = 30  # days, for "q mo"
NUMBER = r"(?:\d+ \d+/\d+|\d+/\d+|\d+(?:\.\d+)?|\.\d+|½|\d+½|" + "|".join(w.NUMBERS) + r")"
_SPAN = {"h": Fraction(1, 24), "d": Fraction(1), "wk": Fraction(7), "mo": Fraction(MONTH)}
_SPAN_WORD = r"(?P<span>h(?:ours?|rs?)?|d(?:ays?)?|w(?:ee)?ks?|mo(?:nths?)?)"
END = r"(?![a-z0-9])"


class Reader:
    """Reads one dose from left to right. Each `_try_...` takes what it knows from the front of the rest."""

    def __init__(self, text: str, before: Sig | None) -> None:
        self.text, self.rest = text, text
        self.before = before
        self.parts: list[Part] = []
        self.dose: Fraction | None = None
        self.unit = ""
        self.route, self.places = "", 1
        self.frequency = ""
        self.rate: Fraction | None = None  # times a day over a long time
        self.meals = False
        self.repeats = 0  # "may repeat", for doses at the start of an attack
        self.attack = False
        self.as_needed = self.taper = False
        self.days: int | None = None
        self.cycle: int | None = None
        self.cap: tuple[Fraction, Fraction] | None = None  # amount, in so many days

    def read(self) -> Sig:
        steps = (
            self._taper, self._maximum, self._cycle, self._day, self._duration, self._attack, self._repeat, self._every,
            self._per, self._fixed, self._needed, self._dose, self._route, self._note, self._verb,
        )  # fmt: skip
        while self._skip():
            if not any(step() for step in steps):
                word = self.rest.split()[0]
                raise SigError(f'I cannot read "{word}" in "{self.text}". Check the spelling, or ask the prescriber.')
        return self._result()

    # --- taking text from the front ---

    def _skip(self) -> bool:
        self.rest = self.rest.lstrip(" ,;.()")
        return bool(self.rest)

    def _take(self, pattern: str) -> re.Match[str] | None:
        found = re.match(rf"(?:{pattern}){END}", self.rest)
        if found:
            self.rest = self.rest[found.end() :]
        return found

    def _add(self, found: re.Match[str], kind: str, meaning: str) -> bool:
        self.parts.append(Part(found.group().strip(), kind, meaning))
        return True

    # --- the pieces ---

    def _verb(self) -> bool:
        found = self._take("|".join(w.VERBS))
        return bool(found) and self._add(found, "verb", {"inj": "inject", "inh": "inhale"}.get(found[0], found[0]))

    def _dose(self) -> bool:
        if self.dose is not None:
            return False
        number = rf"(?P<low>{NUMBER})(?: ?(?:-|to|or) ?(?P<high>{NUMBER}))?"
        for pattern, unit in w.UNITS.items():
            found = self._take(rf"{number} ?(?:{pattern})(?: of)?")
            if found:
                low, high = _number(found["low"]), _number(found["high"] or found["low"])
                if not 0 < low <= high:
                    raise SigError(
                        f'The dose "{found[0]}" makes no sense: it must be more than 0, smaller number first.'
                    )
                spoon = w.SPOONS.get(unit, 1)
                self.dose, self.unit = high * spoon, "mL" if spoon > 1 else unit
                amount = show(low) if low == high else f"{show(low)} to {show(high)}"
                return self._add(found, "dose", f"{amount} {plural(unit, high)} each time")
        found = self._take(r"thin layer|(?:a )?small amount")
        if found:
            self.dose, self.unit = Fraction(1), "application"
            return self._add(found, "dose", "one thin layer each time")
        return False

    def _route(self) -> bool:
        for pattern, (words, places) in w.ROUTES.items():
            found = self._take(rf"(?:in|to|into|per)? ?(?:{pattern})")
            if found:
                self.route, self.places = words, places
                return self._add(found, "route", words)
        return False

    def _fixed(self) -> bool:
        for pattern, (words, times, days) in w.FREQUENCIES.items():
            found = self._take(pattern)
            if found:
                return self._set_rate(found, words, Fraction(times, days))
        for pattern, words in w.MEALS.items():
            found = self._take(pattern)
            if found:
                self.meals = True
                return self._add(found, "note", words)
        return False

    def _every(self) -> bool:
        """q6h, q4-6h, q 2 wk, q wk, every 8 hours."""
        found = self._take(rf"(?:q\.?|every) ?(?P<low>\d+)?(?: ?(?:-|to) ?(?P<high>\d+))? ?{_SPAN_WORD}")
        if not found:
            return False
        low = int(found["low"] or 1)
        high = int(found["high"] or low)
        if not 0 < low <= high:
            raise SigError(f'"{found[0]}" makes no sense: the wait must be more than 0, smaller number first.')
        span = _span(found["span"])
        wait = low * _SPAN[span]
        name = {"h": "hour", "d": "day", "wk": "week", "mo": "month"}[span]
        count = f"{low}" if low == high else f"{low} to {high}"
        words = f"every {count} {name}s" if high > 1 else f"every {name}"
        rate = Fraction(int(1 / wait)) if wait < 1 and 1 / wait >= 1 else 1 / wait
        return self._set_rate(found, words, rate)

    def _per(self) -> bool:
        """2x/d, 3 x/wk, 5 times a day."""
        found = self._take(r"(?P<n>\d+) ?(?:x ?/ ?|x (?:a |per )|times (?:a |per |each ))(?P<span>d(?:ay)?|w(?:ee)?k)")
        if not found:
            return False
        week = found["span"].startswith("w")
        n = int(found["n"])
        if n < 1:
            raise SigError(f'"{found[0]}" makes no sense: once is the least.')
        return self._set_rate(found, f"{n} times a {'week' if week else 'day'}", Fraction(n, 7 if week else 1))

    def _set_rate(self, found: re.Match[str], words: str, rate: Fraction) -> bool:
        if self.rate is not None and self.rate != rate:
            if not (self.frequency.startswith("every") and words in ("at bedtime", "every morning", "every evening")):
                raise SigError(
                    f'"{self.text}" names two frequencies, {self.frequency} and {words}. Ask which one is meant.'
                )
            return self._add(found, "note", words)  # "q wk at bedtime"
        self.rate, self.frequency = rate, self.frequency or words
        return self._add(found, "frequency", words)

    def _attack(self) -> bool:
        found = self._take(r"at onset(?: of [a-z]+)?")
        if not found:
            return False
        self.attack = True
        return self._add(found, "frequency", "when an attack starts")

    def _repeat(self) -> bool:
        found = self._take(r"(?:mr|may repeat)(?: ?x ?(?P<n>\d))?(?: (?:in|after) (?P<h>\d+) ?h(?:ours?|rs?)?)?")
        if not found:
            return False
        self.repeats = int(found["n"] or 1)
        times = "once" if self.repeats == 1 else f"{self.repeats} times"
        return self._add(
            found, "note", f"may be repeated {times}" + (f" after {found['h']} hours" if found["h"] else "")
        )

    def _needed(self) -> bool:
        found = self._take(r"p\.?r\.?n\.?|as needed")
        if not found:
            return False
        self.as_needed = True
        self._add(found, "as needed", "only when it is needed")
        reason = re.match(r" ?(?:for )?([a-z/ ]+?)(?=$|[,;.(]| max\b| nte\b| x ?\d| not to| mr\b| may\b)", self.rest)
        if reason and reason[1].strip():
            self.parts.append(Part(reason[1].strip(), "note", f"the reason: {reason[1].strip()}"))
            self.rest = self.rest[reason.end() :]
        return True

    def _cycle(self) -> bool:
        found = self._take(r"x ?(?P<on>\d+) ?d(?:ays?)?,? (?:then )?off (?P<off>\d+) ?d(?:ays?)?")
        if not found:
            return False
        on, off = int(found["on"]), int(found["off"])
        if not on:
            raise SigError(f'"{found[0]}" makes no sense: no day of taking is left.')
        self.cycle = on + off
        return self._add(found, "duration", f"{on} days on, then {off} days off, again and again")

    def _day(self) -> bool:
        """ "day 1", in a taper that is written day by day."""
        found = self._take(r"(?:on )?days? (?P<n>\d+)(?: ?- ?(?P<last>\d+))?")
        if not found:
            return False
        self.days = int(found["last"] or found["n"]) - int(found["n"]) + 1
        if self.days < 1:
            raise SigError(f'"{found[0]}" makes no sense: the earlier day comes first.')
        if self.rate is None:
            self.rate, self.frequency = Fraction(1), f"once on {found[0]}"
        return self._add(found, "duration", f"on {found[0].removeprefix('on ')}")

    def _duration(self) -> bool:
        found = self._take(r"(?:x ?|for )(?P<n>\d+) ?(?P<span>d(?:ays?)?|w(?:ee)?ks?)")
        if not found:
            return False
        self.days = int(found["n"]) * (7 if found["span"].startswith("w") else 1)
        if not self.days:
            raise SigError(f'"{found[0]}" makes no sense: it must be one day or more.')
        return self._add(found, "duration", f"for {self.days} day{'s' if self.days > 1 else ''}")

    def _maximum(self) -> bool:
        unit = "|".join(w.UNITS)
        found = self._take(
            rf"(?:max(?:imum)?|nte|not to exceed) (?P<n>{NUMBER}) ?(?P<unit>{unit})? ?"
            r"(?:/|per|a|in) ?(?P<m>\d+)? ?(?P<span>h(?:ours?|rs?)?|d(?:ays?)?|w(?:ee)?ks?|mo(?:nths?)?)"
        )
        if not found:
            return False
        amount, days = _number(found["n"]), int(found["m"] or 1) * _SPAN[_span(found["span"])]
        if not amount or not days:
            raise SigError(f'"{found[0]}" makes no sense: a maximum is more than 0.')
        named = next(
            (word for pattern, word in w.UNITS.items() if found["unit"] and re.fullmatch(pattern, found["unit"])), ""
        )
        if not named or named == (self.unit or named):
            self.cap = (amount, days)
        long = "a day" if days == 1 else f"in {show(days)} days" if days > 1 else f"in {found['m']} hours"
        meaning = f"no more than {show(amount)} {plural(named, amount)}".rstrip() + f" {long}"
        return self._add(found, "maximum", meaning)

    def _taper(self) -> bool:
        found = self._take(rf"(?:{w.TAPER})[^,;]*")
        if not found:
            return False
        self.taper = True
        return self._add(found, "taper", "the dose changes on the way, so read its plan step by step")

    def _note(self) -> bool:
        for pattern, words in w.NOTES.items():
            found = self._take(pattern)
            if found:
                return self._add(found, "note", words)
        return False

    # --- putting them together ---

    def _result(self) -> Sig:
        before = self.before
        if self.dose is None:
            if not (before and self.rate is not None):
                raise SigError(f'"{self.text}" does not say how much to take each time.')
            self.dose, self.unit, self.places = before.most_at_once, before.unit, 1
        dose = self.dose * self.places
        if self.rate is None and self.meals:
            self.rate, self.frequency = Fraction(3), "3 times a day"
        if self.rate is None and (self.attack or (self.as_needed and self.repeats)):
            self.rate = Fraction(1 + self.repeats)
            self.frequency = "when an attack starts" if self.attack else "when it is needed"
        if self.rate is None and self.as_needed and self.cap:
            self.rate = self.cap[0] / self.cap[1] / dose
            self.frequency = "when it is needed, up to the maximum"
        if self.rate is None and self.taper:
            self.rate, self.frequency = Fraction(1), "as the plan of the taper says"
        if self.rate is None:
            raise SigError(f'"{self.text}" does not say how often.')
        times = max(1, int(self.rate))
        in_a_day, per_day = dose * times, dose * self.rate
        if self.cycle:
            on = next(int(re.search(r"\d+", p.text)[0]) for p in self.parts if p.kind == "duration")
            per_day = per_day * on / self.cycle
        if self.cap:
            amount, days = self.cap
            in_a_day = min(in_a_day, amount) if days >= 1 else in_a_day
            per_day = min(per_day, amount / max(days, Fraction(1)))
        return Sig(
            text=self.text,
            parts=tuple(self.parts),
            unit=self.unit,
            route=self.route or (before.route if before else ""),
            frequency=self.frequency,
            most_at_once=dose,
            most_times_a_day=times,
            most_in_a_day=in_a_day,
            per_day=None if self.taper else per_day,
            as_needed=self.as_needed,
            days=self.days,
            taper=self.taper,
        )


def _number(text: str) -> Fraction:
    text = w.NUMBERS.get(text.strip(), text.strip())
    if text.endswith("½"):
        return Fraction(text[:-1] or 0) + Fraction(1, 2)
    whole, _, part = text.rpartition(" ")
    try:
        return Fraction(whole or 0) + Fraction(part)
    except ZeroDivisionError:
        raise SigError(f'"{text}" is not a number.') from None


def _span(word: str) -> str:
    return {"h": "h", "d": "d", "w": "wk", "m": "mo"}[word[0]]
