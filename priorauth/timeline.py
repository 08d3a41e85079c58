"""Prior authorization from 1965 to 2027 as dated milestones, each resting on an entry of the fact base.

Words are short on purpose; date, source and how sure we are stand in the fact base (`priorauth.facts`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Milestone:
    """One dated step. `year` orders the list, `when` is what is printed, `fact` is an id of the fact base."""

    year: int
    when: str
    title: str
    words: str
    fact: str
    era: str


ERAS: dict[str, str] = {
    "start": "1965 to 1982: looking back at care",
    "managed": "1980s to 2003: asking before care",
    "rules": "2010 to 2022: rights, programs and messages",
    "clocks": "2023 to 2027: clocks, reasons and data",
}

MILESTONES: tuple[Milestone, ...] = (
    Milestone(1965, "1965", "Medicare begins", "The law creates Medicare. Programs that check the quality and the use of care follow.", "hist_1965", "start"),
    Milestone(1972, "1972", "Doctors review doctors", "Congress sets up review groups of local doctors for Medicare and Medicaid (PSROs).", "hist_1972", "start"),
    Milestone(1973, "December 29, 1973", "HMO Act", "A federal law helps health maintenance organizations grow. They manage care as well as pay for it.", "hist_1973", "start"),
    Milestone(1982, "1982", "New review groups", "Peer Review Organizations (PROs) replace the PSROs.", "hist_1982", "start"),
    Milestone(1985, "1980s", "Precertification spreads", "Health plans start to screen hospital stays and costly procedures before they happen.", "hist_1980s", "managed"),
    Milestone(1990, "1990", "Medicaid drugs get a clock", "States may ask for PA of drugs. They must answer within 24 hours and allow a 72-hour emergency supply.", "hist_1990_obra", "managed"),
    Milestone(1995, "1990s to early 2000s", "PA for drugs grows", "Drug PA, quantity limits and step therapy spread. They start with a few new, costly drugs.", "hist_1990s", "managed"),
    Milestone(2002, "early 2000s", "An electronic form for PA", "HIPAA makes the X12 278 message the standard. Most requests are still done by hand for many years.", "hist_hipaa_278", "managed"),
    Milestone(2003, "2003 and 2006", "Medicare drug benefit", "The drug law passes in 2003. A 2006 pilot tests PA messages between prescribers and plans.", "hist_2003_mma", "managed"),
    Milestone(2010, "March 23, 2010", "Affordable Care Act", "The Affordable Care Act is signed.", "hist_2010_aca", "rules"),
    Milestone(2010, "2010", "An outside reviewer for more people", "The same act extends independent outside review of denials, self-insured plans included.", "hist_2010_external_review", "rules"),
    Milestone(2012, "September 2012", "Medicare tries PA", "Original Medicare starts its first trial of PA, with power wheelchairs and similar devices, in seven states.", "hist_2012_pmd", "rules"),
    Milestone(2013, "July 2013", "Electronic PA for drugs", "The pharmacy standards group NCPDP publishes the first messages for drug PA.", "hist_2013_ncpdp", "rules"),
    Milestone(2016, "February 29, 2016", "Equipment rule", "A Medicare rule on PA for certain equipment takes effect.", "hist_2015_dmepos", "rules"),
    Milestone(2018, "2018", "A shared promise", "Payers and providers sign a statement. It names five things to improve, electronic PA among them.", "hist_2018_consensus", "rules"),
    Milestone(2020, "2020", "Hospital outpatient services", "Original Medicare adds PA for certain outpatient hospital services.", "hist_2020_opd", "rules"),
    Milestone(2020, "December 31, 2020", "Part D goes electronic", "A rule makes Medicare drug plans support electronic PA messages.", "hist_2020_support", "rules"),
    Milestone(2021, "2021", "Gold cards in Texas", "A state law frees doctors from PA for a service when at least 90 percent of their requests for it were approved.", "hist_2021_texas", "rules"),
    Milestone(2023, "April 2023", "Medicare Advantage tied to Medicare rules", "Plans must follow Medicare's coverage rules and look at the single patient.", "hist_2023_4201f", "clocks"),
    Milestone(2024, "February 8, 2024", "The big PA rule: CMS-0057-F", "The rule is published. Its duties start in steps, in 2026 and in 2027.", "cms0057-publication", "clocks"),
    Milestone(2025, "June 23, 2025", "Insurers make promises", "Insurers announce six commitments. A promise is not a rule.", "hist_2025_pledge", "clocks"),
    Milestone(2026, "January 1, 2026", "72 hours and 7 days", "For medical items and services, Medicare Advantage, Medicaid and CHIP must now decide urgent requests in 72 hours and others in 7 calendar days.", "cms0057-decision-timeframes", "clocks"),
    Milestone(2026, "January 2026", "PA trial in six states (WISeR)", "Original Medicare starts a trial for selected services. Software helps and people decide.", "hist_2026_wiser", "clocks"),
    Milestone(2026, "March 31, 2026", "First public tables", "Plans under the rule post their first yearly figures, for 2025. Drugs are left out.", "cms0057-metrics-first-report", "clocks"),
    Milestone(2026, "April 14, 2026", "A proposal for drugs", "CMS proposes to extend the rules to drugs. A proposal changes no clock.", "cms-0062-p-status", "clocks"),
    Milestone(2027, "2027", "Computers talk to computers", "The rule's data links (APIs) are due, one for PA requests among them.", "cms0057-apis-2027", "clocks"),
)  # fmt: skip


def of_era(era: str) -> list[Milestone]:
    """The milestones of one era in order of time; `"all"` gives every one. An unknown era raises ValueError."""
    if era == "all":
        return list(MILESTONES)
    if era not in ERAS:
        raise ValueError(f"There is no era {era!r}. Use one of {', '.join(ERAS)} or all.")
    return [milestone for milestone in MILESTONES if milestone.era == era]
