"""Members, their cover, and what eligibility checks answered."""

from .base import Table, day, dec, flag, moment, num, text

TABLES = (
    Table("members", "a person", "member_id", (
        text("member_id", "id, MBR-nnnnnn"),
        text("first_name", "invented"),
        text("last_name", "invented"),
        day("birth_date", "date of birth"),
        text("sex", "as the insurer recorded it", allowed=("F", "M")),
        text("address", "street that does not exist"),
        text("city", "invented town"),
        text("phone", "555-01xx"),
        text("language", "language for letters", allowed=("English", "Spanish")),
    )),
    Table("coverage", "a span of cover of a member in a plan", "coverage_id", (
        text("coverage_id", "id, COV-nnnnnn"),
        text("member_id", "member", fk="members.member_id"),
        text("plan_id", "plan", fk="plans.plan_id"),
        text("card_id", "member number printed on the card (text)"),
        day("start", "first day of cover"),
        day("end", "last day of cover; empty if it still runs", null=True),
        num("rank", "payer order as the clinic recorded it, 1 pays first", mess="Recorded order is wrong for some members with two covers: derive it from basis, holder and employer size (COB)."),
        text("basis", "why the member has this cover", allowed=("employment", "spouse_employment", "parent_employment", "retiree", "individual", "medicare_age", "medicare_disability", "medicaid", "other_public")),
        text("holder", "whose policy it is", allowed=("self", "spouse", "parent")),
        day("holder_birth_date", "birth date of the policy holder"),
        num("employer_size", "employees of the employer, where basis is an employment", "employees", null=True),
        day("verified_on", "when the clinic last checked this cover"),
        text("pcp_npi", "primary care clinician on file", null=True, fk="providers.npi"),
        dec("deductible_met", "paid toward the deductible up to TODAY", "US dollars"),
        dec("oop_met", "paid toward the out-of-pocket maximum up to TODAY", "US dollars"),
    ), mess="Cover that ended before the service date, or moved to another plan, though the request names the old plan (E7)."),
    Table("eligibility", "an eligibility question (270) and its answer (271)", "check_id", (
        text("check_id", "id, ELG-nnnnnn"),
        text("request_id", "request it was made for", fk="requests.request_id"),
        text("member_id", "member", fk="members.member_id"),
        text("plan_id", "plan that was asked", fk="plans.plan_id"),
        day("service_date", "date asked about"),
        moment("asked_at", "when the clinic asked"),
        moment("answered_at", "when the answer came", null=True, mess="Some answers came after the request was sent."),
        text("answer", "answer", allowed=("active", "inactive", "not_found", "active_other_plan"), null=True),
        day("cover_from", "first day of cover in the answer", null=True),
        day("cover_to", "last day of cover in the answer; empty if open", null=True),
        flag("auth_needed", "answer says that authorization is needed", null=True),
    )),
)  # fmt: skip
