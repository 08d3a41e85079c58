"""How charts put things: sentences for findings, shorthand for directions, copied-forward lists."""

from __future__ import annotations

#: words that a policy looks for -> sentences that contain them
FINDING: dict[str, tuple[str, ...]] = {
    "new leg weakness": ("Exam: new leg weakness R, dorsiflexion 4/5.", "Pt reports tripping x 3 d; new leg weakness on exam, 4/5."),
    "bladder": ("New trouble emptying bladder since Tue.",),
    "saddle numbness": ("Reports saddle numbness since yesterday.",),
    "new arm weakness": ("Exam: new arm weakness L, grip 3/5.",),
    "locked knee": ("Locked knee on exam, lacks 20 deg extension.",),
    "positive lachman": ("Positive Lachman, soft endpoint.",),
    "thunderclap": ("Thunderclap onset, worst HA of life.",),
    "papilledema": ("Fundi: papilledema bilat.",),
    "focal deficit": ("Neuro: focal deficit, L arm drift.", "Focal deficit on exam: R triceps 4/5, reflex absent."),
    "unable to exercise": ("Unable to exercise on treadmill d/t hip OA.",),
    "daytime sleepiness": ("c/o daytime sleepiness, ESS 15, dozes at desk.", "Daytime sleepiness +, snores, BMI noted."),
    "witnessed apnea": ("Wife reports witnessed apnea nightly.",),
    "uses nightly": ("Download: uses nightly, 6.1 h avg, feels better.",),
    "cannot self-propel": ("Mobility exam: cannot walk in home safely; arms 3/5, cannot self-propel a manual chair.",),
    "fits through doorways": ("Home visit: chair fits through doorways, ramp in place.",),
    "on insulin": ("DM: on insulin glargine 22 u qhs + aspart.", "Pt on insulin, 4 sticks/d."),
    "hypoglycemia": ("Two episodes of hypoglycemia <54 last mo.",),
    "joint laxity": ("Knee: joint laxity 2+ valgus.",),
    "no psychological barrier": ("Eval: realistic goals, no psychological barrier to trial.",),
    "two midnights": ("IV therapy and monitoring needed; expect stay > two midnights d/t O2 need.",),
    "tolerates 3 h": ("Pt tolerates 3 h therapy/day, motivated, good family support.",),
    "daily skilled": ("Needs daily skilled nursing + rehab, cannot be met at home.",),
    "homebound": ("Homebound: leaves only w/ walker + assist, taxing effort.",),
    "progress toward goals": ("Progress toward goals: 2 of 4 met, ROM +25 deg; continue.",),
    "measurable goals": ("Eval done. Measurable goals: pain 7->3, flex 90->130 in 8 wk.",),
    "first-degree relative": ("FHx: first-degree relative (mother) br ca at 43, aunt ov ca.",),
    "genetic counseling": ("Genetic counseling done today, pt understands limits of test.",),
    "cannot sit upright": ("Cannot sit upright in car; stretcher only.",),
    "contraindicated": ("{first} contraindicated: {why}.",),
    "intolerance to": ("Intolerance to {first}: {why}, stopped after 9 d.",),
    "good response": ("Good response on tx: sx down > 50 percent.", "Doing well; good response since last visit."),
    "15 headache days": ("HA diary: 15 headache days/mo, 9 migrainous.",),
    "febrile neutropenia risk": ("Regimen w/ febrile neutropenia risk > 20 percent.",),
    "stable disease": ("Restaging: stable disease, tolerating.",),
    "5% weight loss": ("Wt 108 -> 101 kg: 5% weight loss reached and kept.",),
    "dose rationale": ("Dose rationale: 5 attacks/mo, each needs 2 tabs; preventives on board.",),
}  # fmt: skip

#: what a note says when the finding was looked for and not there
ABSENT = (
    "Exam otherwise unremarkable.",
    "Neuro intact.",
    "No red flag sx.",
    "No change since last visit.",
    "Reviewed w/ pt, nothing new.",
)
WHY = ("liver enzymes 3x ULN", "GFR 24", "severe nausea", "rash", "prior GI bleed", "muscle pain, CK up")
COPIED = (
    "[copied fwd] PMH: HTN, HLD, GERD, s/p appy. Meds: see list. NKDA.", "[copied fwd] Problem list reviewed 2023. HTN. OA. Anx.",
    "[copied fwd] PMH: T2DM?, HTN, CKD 3? Meds rec not done.", "[copied fwd] SH: ex-smoker. FH n/c. ROS neg x 10.",
)  # fmt: skip
OPEN = (
    "Pt seen for {dx}.",
    "F/u {dx}.",
    "{dx}, here w/ spouse.",
    "Here for {dx}; sx x {wk} wk.",
    "{dx}. Sx persist.",
    "Re: {dx}, ongoing.",
)
CLOSE = (
    "Plan: {what}. RTC 6 wk.",
    "A/P: {dx}. Order {what}.",
    "Will order {what}, PA to be requested.",
    "{what} ordered. D/w pt.",
    "Rec {what}. Pt agrees.",
)
#: reasons that count, by kind of service
URGENT_TRUE: dict[str, tuple[str, ...]] = {
    "advanced_imaging": (
        "Delay could cost leg function: new weakness, progressing over 48 h.",
        "Sudden worst headache; physician states that waiting risks life.",
        "Severe pain not managed without the test; physician attests.",
    ),
    "dme": (
        "Waiting the standard time could seriously jeopardize life: cannot keep oxygen above 85% at rest.",
        "Open wound worsening daily; delay risks the leg.",
    ),
    "outpatient_procedure": (
        "Severe pain not managed without the requested care; physician attests.",
        "Loss of nerve function is progressing; delay risks lasting harm.",
    ),
    "inpatient_admission": (
        "Hospital stay in progress; condition unstable, care cannot wait.",
        "Needs admission today; delay could seriously jeopardize life.",
    ),
    "post_acute_facility": (
        "Leaves the hospital today; without skilled care decline is likely, physician attests.",
        "Cannot be cared for safely at home; delay risks regaining function.",
    ),
    "behavioral_health": (
        "Suicidal thoughts, unsafe at home; physician attests that delay endangers life.",
        "Withdrawal with seizure risk; care cannot wait.",
    ),
    "pharmacy_drug": (
        "Discharge today; a gap in treatment risks serious harm, physician attests.",
        "Flare with rapid decline; physician states that waiting risks lasting damage.",
    ),
    "medical_benefit_drug": (
        "Next dose is due; a gap risks relapse with lasting harm, physician attests.",
        "Physician states that delay risks loss of function.",
    ),
    "rest": ("Physician attests that the standard time could seriously jeopardize health.",),
}
URGENT_FALSE = (
    "Appointment is already scheduled for Thursday.", "Patient leaves on vacation next week.", "Surgeon has an open slot on Friday.", "Please rush, family is upset.", "Standard queue is too slow.",
    "Deductible was met this year, plan year ends soon.", "We always mark these urgent.", "Patient would like it done soon.", "Transport is booked.",
)  # fmt: skip


def sig_for(form: str, route: str, daily: float, package: int, variant: int) -> str:
    """Directions in shorthand for a daily quantity. `variant` picks the style."""
    if route == "oral":
        unit = {"tablet": "tab", "capsule": "cap"}.get(form, form)
        if daily == 0.3:
            return f"1 {unit} PO at onset, MR x1 in 2 h, max 9/30 d"
        if daily < 1:
            weekly = round(daily * 7)
            return {6: f"6 {unit}s PO q wk", 1: f"1 {unit} PO q wk", 5: f"1 {unit} PO daily x 21 d, off 7 d"}.get(
                weekly, f"1 {unit} PO q 3 d prn"
            )
        n = int(daily)
        styles = {
            1: ("1 {u} PO daily", "i {u} po qd", "1 {u} PO qhs"),
            2: ("1 {u} PO BID", "1 {u} po bid w/ meals", "2 {u}s PO daily"),
            3: ("1 {u} PO TID", "1 {u} po q8h", "1 {u} PO TID prn"),
        }
        return styles.get(n, (f"{n} {{u}}s PO daily",) * 3)[variant % 3].format(u=unit)
    if route == "subcutaneous":
        every = {
            round(4 / 28, 4): "q wk",
            round(2 / 28, 4): "q 2 wk",
            round(1 / 28, 4): "q 4 wk",
            round(1 / 30, 4): "q mo",
        }.get(round(daily, 4), "as directed")
        return (f"Inj 1 {form} SC {every}", f"1 {form} subq {every}", f"1 {form} SQ {every}")[variant % 3]
    if route == "inhaled":
        return ("2 puffs INH BID", "ii puffs bid", "2 inh BID, rinse")[variant % 3]
    return ("Apply to aff area BID", "AAA bid", "apply thin layer BID")[variant % 3]
