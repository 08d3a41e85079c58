"""The shorthand of prescriptions: what each mark means, and which marks are easily misread.

Plain data for `priorauth.sig`. Keys are patterns of lower-case text; `priorauth.sig` tries them in the order given here.
"""

from __future__ import annotations

VERBS = (
    "take", "chew", "dissolve", "inject", "inj", "apply", "instill", "inhale", "insert", "place", "use", "give", "spray",
    "swish", "inh",
)  # fmt: skip

#: Numbers that are not written with digits.
NUMBERS = {
    "ss": "1/2", "half": "1/2", "iii": "3", "ii": "2", "iv": "4", "i": "1", "one": "1", "two": "2", "three": "3",
    "four": "4",
}  # fmt: skip

#: Pattern of a unit -> the word for it. A unit of 5 mL or 15 mL is turned into mL in `SPOONS`.
UNITS = {
    r"tablets?|tabs?": "tablet", r"capsules?|caps?": "capsule", r"gtts?|drops?": "drop", r"puffs?": "puff",
    r"sprays?": "spray", r"milliliters?|mls?": "mL", r"cc": "mL", r"teaspoons?|tsp": "teaspoon",
    r"tablespoons?|tbsp": "tablespoon", r"micrograms?|mcg|[µu]g": "mcg", r"mg": "mg", r"grams?|gm?": "g",
    r"international units?|iu": "unit", r"units?|u": "unit", r"pens?": "pen", r"syringes?": "syringe",
    r"patch(?:es)?": "patch", r"supp(?:ositor(?:y|ies)|s)?": "suppository", r"applications?|appl": "application",
    r"thin layer": "thin layer", r"vials?|nebs?": "vial", r"lozenges?|loz": "lozenge", r"packets?|pkts?": "packet",
}  # fmt: skip
SPOONS = {"teaspoon": 5, "tablespoon": 15}

#: Pattern of a route -> words, and how many places get the dose each time.
ROUTES = {
    r"po|p\.o\.|by mouth|orally": ("by mouth", 1),
    r"sl|under the tongue": ("under the tongue", 1),
    r"sub-?q|sub ?cut|sq|sc|s\.c\.|under the skin": ("under the skin", 1),
    r"im": ("into the muscle", 1),
    r"iv": ("into the vein", 1),
    r"pr|rectally": ("into the rectum", 1),
    r"pv|vaginally": ("into the vagina", 1),
    r"top|topically|to skin|to affected areas?": ("on the skin", 1),
    r"inh|via nebulizer|neb": ("inhaled", 1),
    r"ou|each eye|both eyes": ("in both eyes", 2),
    r"od|right eye|r eye": ("in the right eye", 1),
    r"os|left eye|l eye": ("in the left eye", 1),
    r"au|each ear|both ears": ("in both ears", 2),
    r"ad|right ear|r ear": ("in the right ear", 1),
    r"as|left ear|l ear": ("in the left ear", 1),
    r"(?:in )?(?:each|both) nostrils?|each nare": ("into each nostril", 2),
    r"intranasal(?:ly)?|in": ("into the nose", 1),
}

#: Pattern of a fixed frequency -> words, times, days that they are counted in.
FREQUENCIES = {
    r"(?:four times (?:a day|daily)|qid|q\.i\.d\.)": ("4 times a day", 4, 1),
    r"(?:three times (?:a day|daily)|tid|t\.i\.d\.)": ("3 times a day", 3, 1),
    r"(?:twice (?:a day|daily)|bid|b\.i\.d\.)": ("2 times a day", 2, 1),
    r"(?:every other day|qod|q\.o\.d\.?)": ("every other day", 1, 2),
    r"(?:once (?:a day|daily)|every day|daily|qd|q\.d\.?)": ("once a day", 1, 1),
    r"(?:q\.? ?am|every morning|in the morning|qam)": ("every morning", 1, 1),
    r"(?:q\.? ?pm|every evening|in the evening)": ("every evening", 1, 1),
    r"(?:q\.? ?hs|every night|nightly|at bedtime|hs)": ("at bedtime", 1, 1),
    r"(?:twice (?:a week|weekly)|biw)": ("2 times a week", 2, 7),
    r"(?:three times (?:a week|weekly)|tiw)": ("3 times a week", 3, 7),
    r"(?:once (?:a week|weekly)|weekly)": ("once a week", 1, 7),
    r"(?:once (?:a month|monthly)|monthly)": ("once a month", 1, 30),
    r"(?:(?:ac|before meals) (?:and|&|\+) (?:q ?hs|hs|at bedtime)|achs)": ("before meals and at bedtime", 4, 1),
    r"(?:once|x1|now|today)": ("once", 1, 1),
}

#: Words beside a frequency that change no amount. `MEALS` stand for three times a day where no frequency is written.
MEALS = {r"ac|before meals": "before meals", r"pc|after meals": "after meals"}
NOTES = {
    r"(?:w/|with) (?:meals?|food)": "with food",
    r"w/o food|on an empty stomach": "without food",
    r"(?:w/|with) water": "with water",
    r"while awake": "while awake",
}

#: Words that name no amount, or an amount that somebody else must fill in.
OPEN = {
    r"(?:use |take )?(?:as directed|ud|u\.d\.|ut dict|utd)": "as directed",
    r"per protocol|sliding scale|per scale": "by a scale that stands elsewhere",
}
TAPER = r"taper(?:ing)?|wean|(?:dec(?:rease)?|reduce|↓)\b"

#: Marks that are easily misread: pattern in the text as written -> what it is, what may be read, what to write.
ERROR_PRONE = (
    (r"(?<![A-Za-z])[Qq]\.?[Dd]\.?(?![A-Za-z])", "qd", "every other day, or four times a day", "daily", True),
    (r"(?<![A-Za-z])[Qq]\.?[Oo]\.?[Dd]\.?(?![A-Za-z])", "qod", "daily, or four times a day", "every other day", True),
    (r"(?<=\d)\s?[Uu](?![A-Za-z])", "U", "a zero or a four", "unit", True),
    (r"(?<![A-Za-z])[Ii]\.?[Uu]\.?(?![A-Za-z])", "IU", "IV or the number 10", "unit", True),
    (r"\d+\.0(?=\s?(?:mg|mcg|[µu]g|gm?|m[Ll]|[Uu]|[Uu]nits?|tabs?|caps?)(?![A-Za-z/]))", "trailing zero", "ten times the dose, when the point is missed", "a whole number", True),
    (r"(?<![\d])\.\d", "no zero before the point", "ten times the dose or more, when the point is missed", "0 before the point", True),
    (r"(?<![A-Za-z])(?:MSO4|MgSO4|MS)(?![A-Za-z])", "MS, MSO4 or MgSO4", "the other one of morphine and magnesium", "the whole name", True),
    (r"(?<![A-Za-z])(?:OD|OS|OU)(?![A-Za-z])", "OD, OS or OU", "another eye, an ear, or once daily", "right eye, left eye, each eye", False),
    (r"(?<![A-Za-z])(?:AD|AS|AU)(?![A-Za-z])", "AD, AS or AU", "another ear, or an eye", "right ear, left ear, each ear", False),
    (r"(?<![A-Za-z])(?:SQ|SC)(?![A-Za-z])", "SQ or SC", "SL (under the tongue), or 5 every", "subcut", False),
    (r"(?<![A-Za-z])(?:[Qq]\s?)?(?:HS|hs)(?![A-Za-z])", "HS or qhs", "half strength, or every hour", "at bedtime", False),
    (r"(?<=\d)\s?cc(?![A-Za-z])", "cc", "units, when the letters run together", "mL", False),
    (r"[µ]g|(?<=\d)\s?ug(?![A-Za-z])", "µg", "mg, a thousand times the dose", "mcg", False),
    (r"(?<![A-Za-z])(?:ss|SS)(?![A-Za-z])", "ss", "the number 55", "one-half", False),
    (r"(?<![A-Za-z])(?:BIW|biw|TIW|tiw)(?![A-Za-z])", "BIW or TIW", "twice or three times a day", "times a week", False),
)  # fmt: skip
