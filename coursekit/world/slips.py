"""Disclosures and incidents for the compliance lessons, with the right verdict (instructor side)."""

from __future__ import annotations

# party, kind, purpose, what, signed authorization, verdict, why
DISCLOSURES: list[tuple[str, str, str, str, bool, str, str]] = [
    ("Bluestem Health Plan", "payer", "payment", "Visit note and lumbar MRI order for a pending request", False, "allowed_minimum", "payment; send the minimum"),
    ("Bluestem Health Plan", "payer", "payment", "Whole chart since 2015 for a knee brace request", False, "too_much", "more than the purpose needs"),
    ("Cedar Hollow Hospital", "treating_provider", "treatment", "Medication list and last three notes for tomorrow's surgery", False, "allowed", "treatment; minimum necessary does not apply"),
    ("Brightwater Mills (employer)", "employer", "employment", "Diagnosis behind a sick leave", False, "needs_authorization", "employer, no authorization"),
    ("Brightwater Mills (employer)", "employer", "employment", "Work limits form", True, "allowed", "signed authorization covers it"),
    ("Patient herself", "patient", "individual_request", "Copy of her own chart", False, "allowed", "right of access"),
    ("Sister of the patient", "relative", "other", "Result of a biopsy, patient did not agree", False, "needs_authorization", "patient has not agreed"),
    ("Granite Life Insurance", "life_insurer", "other", "Records for a policy application", False, "needs_authorization", "not treatment, payment or operations"),
    ("Granite Life Insurance", "life_insurer", "other", "Records for a policy application", True, "allowed", "signed authorization covers it"),
    ("Summit Radiology Review", "payer", "payment", "Exam findings and therapy dates for an imaging request", False, "allowed_minimum", "payment, delegated reviewer"),
    ("Maker of Zelvadra", "drug_maker", "marketing", "List of patients with psoriasis", False, "needs_authorization", "marketing"),
    ("Maker's support hub", "drug_maker", "payment", "Enrollment form for a patient's benefit check", True, "allowed", "signed authorization covers it"),
    ("Marrow Stile Pharmacy", "pharmacy", "treatment", "Diagnosis for a prescription", False, "allowed", "treatment"),
    ("Northgate Pharmacy Benefits", "payer", "payment", "Fill history and reason for stopping a drug", False, "allowed_minimum", "payment; send the minimum"),
    ("Northgate Pharmacy Benefits", "payer", "payment", "Psychotherapy session notes for a migraine drug", False, "needs_authorization", "psychotherapy notes need an authorization"),
    ("Valcourt & Whitlow (law firm)", "law_firm", "legal", "Chart for an accident claim, letter without the patient's signature", False, "needs_authorization", "no authorization or court order"),
    ("Valcourt & Whitlow (law firm)", "law_firm", "legal", "Chart for an accident claim", True, "allowed", "signed authorization covers it"),
    ("Juniper Gazette", "news_reporter", "other", "How a named patient is doing", False, "needs_authorization", "press"),
    ("Copyfast Scanning", "business_associate", "operations", "Charts for scanning, agreement on file", False, "allowed_minimum", "business associate"),
    ("Another patient in the portal", "other_patient", "other", "Message with a denial letter of someone else", False, "never", "wrong person"),
    ("Harbor Advantage", "payer", "payment", "Records for care that the patient paid in full and asked to keep from the plan", False, "never", "restriction must be honored"),
    ("Larkmead Health", "payer", "payment", "HIV screening result with a sleep study request", False, "too_much", "not needed for the purpose"),
    ("Larkmead Health", "payer", "payment", "Sleep study and visit note", False, "allowed_minimum", "payment; send the minimum"),
    ("Oakenfold Rehabilitation Hospital", "treating_provider", "treatment", "Therapy notes and medication list for a transfer", False, "allowed", "treatment"),
    ("Former husband of the patient", "relative", "other", "Appointment times", False, "needs_authorization", "patient has not agreed"),
    ("Daughter at the bedside, patient agrees", "relative", "treatment", "Plan after discharge", False, "allowed", "patient agreed"),
    ("Quince Home Health", "treating_provider", "treatment", "Wound photos and orders", False, "allowed", "treatment"),
    ("University study team", "other_patient", "research", "Names and diagnoses for recruiting", False, "needs_authorization", "research without authorization or waiver"),
    ("Bluestem Health Plan", "payer", "operations", "Records for its quality review of its own member", False, "allowed_minimum", "operations of a payer with a relationship; minimum"),
    ("Cedar Valley Community Care", "payer", "payment", "Family history form with relatives' names for a wheelchair", False, "too_much", "not needed for the purpose"),
]  # fmt: skip

# what, recipient kind, people, encrypted, returned unread, breach?, why
INCIDENTS: list[tuple[str, str, int, bool, bool, str, str]] = [
    ("Fax with an MRI request went to a bakery; the number was mistyped. Nobody answered the call back.", "stranger", 1, False, False, "yes", "unknown person, not retrieved"),
    ("Fax for one clinic went to another clinic, which shredded it and wrote so.", "wrong_clinic", 1, False, True, "low_probability", "recipient bound by privacy rules, assurance given"),
    ("Laptop stolen from a car; the disk was encrypted.", "lost_device", 640, True, False, "no", "encrypted information is not unsecured"),
    ("Laptop stolen from a car; the disk was not encrypted.", "lost_device", 612, False, False, "yes", "unsecured, 500 or more people"),
    ("Denial letter mailed to a neighbor, opened and read.", "stranger", 1, False, False, "yes", "read by an outsider"),
    ("Scheduler opened the chart of the wrong patient with a similar name and closed it at once.", "own_staff", 1, False, True, "no", "unintentional access in good faith by staff"),
    ("Packet for Bluestem was uploaded to Larkmead's portal; Larkmead deleted it.", "wrong_payer", 1, False, True, "low_probability", "recipient bound by privacy rules, assurance given"),
    ("Employee looked up a neighbor's chart out of curiosity.", "own_staff", 1, False, False, "yes", "access without a job reason"),
    ("Portal message with a lab result went to another patient, who read it.", "wrong_patient", 1, False, False, "yes", "read by an outsider"),
    ("USB stick with 230 requests lost; no encryption.", "lost_device", 230, False, False, "yes", "unsecured, fewer than 500 people"),
    ("Encrypted e-mail sent to a wrong address; the key was not sent.", "stranger", 3, True, False, "no", "encrypted information is not unsecured"),
    ("Two members' pages were in one envelope to a payer that covers both.", "wrong_payer", 1, False, True, "low_probability", "recipient bound by privacy rules, assurance given"),
    ("Envelope with a chart was found opened in a bus.", "stranger", 1, False, False, "yes", "unknown person, opened"),
    ("Nurse faxed the chart to the right hospital, but the wrong ward, which passed it on.", "own_staff", 1, False, True, "no", "persons authorized at the same kind of entity, not used further"),
]  # fmt: skip
