"""Calibration of the synthetic world: every rate with its source and how strong that source is.

The values shape invented data. "assumption" means that no published figure was found; the course says so where it shows them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Rate:
    """A calibration parameter: value, unit, ids or words of its source, strength."""

    value: Any
    unit: str
    source: str
    strength: str


RATES: dict[str, Rate] = {
    "line_of_business_mix": Rate(
        {"commercial": 38, "medicare_advantage": 30, "medicaid_managed": 20, "marketplace_qhp": 7, "traditional_medicare": 3, "other": 2},
        "percent of requests", "assumption; checked against ma_2024_volume, medicaid_per_enrollee, tm_per_person", "assumption"),
    "service_category_mix": Rate(
        {"pharmacy_drug": 38, "advanced_imaging": 17, "dme": 9, "outpatient_procedure": 9, "inpatient_admission": 6, "medical_benefit_drug": 6,
         "therapy_pt_ot_st": 4, "post_acute_facility": 3, "home_health": 3, "behavioral_health": 2, "genetic_lab": 2, "other": 1},
        "percent of requests", "posted_sanford_mix (pharmacy); rest assumption", "partly sourced"),
    "channel_mix_medical": Rate(
        {"x12_278": 33, "payer_portal": 32, "fax": 22, "phone": 8, "mail_or_email": 3, "fhir_pas": 2},
        "percent of non-drug requests", "caqh_2024_adoption, posted_healthpartners_channel; split assumption", "partly sourced"),
    "channel_mix_drug": Rate({"epa_script": 55, "fax": 28, "phone": 10, "web_form": 7}, "percent of drug requests", "assumption", "assumption"),
    "urgency_mix": Rate({"standard": 88, "expedited": 12}, "percent of requests", "posted_expedited_share", "partly sourced"),
    "expedited_by_category": Rate(
        {"inpatient_admission": 40, "post_acute_facility": 40, "behavioral_health": 35, "dme": 5, "rest": 9.1},
        "percent expedited", "posted_expedited_share and rationale", "assumption"),
    "initial_completeness": Rate(
        {"x12_278": 88, "fhir_pas": 88, "epa_script": 86, "payer_portal": 84, "web_form": 84, "phone": 70, "fax": 66, "mail_or_email": 62},
        "percent complete at first submission", "posted_sanford_missing_docs; channel split assumption", "partly sourced"),
    "completeness_overall": Rate(78, "percent complete at first submission", "posted_sanford_missing_docs", "partly sourced"),
    "denial_rate_non_drug_by_lob": Rate(
        {"medicare_advantage": 7.7, "medicaid_managed": 12.5, "marketplace_qhp": 8.0, "commercial": 10.0, "traditional_medicare": 28.8, "other": 10.0},
        "percent of decided requests denied at first, in full or in part",
        "ma_2024_denied_share, oig_2023_medicaid, posted_lablue_hmo, posted_paramount_qhp_std, posted_sanford_2024, tm_2023_denied", "sourced"),
    "denial_rate_by_category": Rate(
        {"pharmacy_drug": 28, "medical_benefit_drug": 12, "advanced_imaging": 9, "dme": 10, "outpatient_procedure": 8, "inpatient_admission": 5,
         "post_acute_facility": 20, "home_health": 6, "therapy_pt_ot_st": 8, "behavioral_health": 6, "genetic_lab": 20, "other": 12},
        "percent denied at first before the line factor", "psi_postacute_uhc, posted_sanford_2024, posted_ucare_split; others assumption", "partly sourced"),
    "completeness_factor": Rate({"complete": 0.8, "incomplete": 1.8}, "multiplier on the denial rate", "how to combine denial factors", "assumption"),
    "partial_approval_share": Rate(2, "percent of requests", "assumption", "assumption"),
    "withdrawn_or_void_share": Rate(2, "percent of requests", "assumption; KFF leaves out withdrawn and dismissed cases", "assumption"),
    "denial_reason_mix_non_drug": Rate(
        {"criteria_not_met": 42, "insufficient_documentation": 28, "not_covered_benefit": 9, "conservative_care_not_tried": 7, "wrong_code_or_setting": 5,
         "out_of_network": 4, "duplicate_or_already_authorized": 3, "not_eligible": 2},
        "percent of first denials", "posted_preferredone_reasons, imaging_denial_reasons, oig_2022_causes; numbers assumption", "partly sourced"),
    "denial_reason_mix_drug": Rate(
        {"criteria_not_met": 28, "step_therapy_not_met": 24, "insufficient_documentation": 24, "non_formulary_or_excluded": 14, "quantity_limit": 7, "other": 3},
        "percent of first denials", "posted_sanford_missing_docs, rx_apixaban, rx_step_effect; numbers assumption", "partly sourced"),
    "appeal_rate": Rate(
        {"medicare_advantage": 11.5, "medicaid_managed": 10.5, "marketplace_qhp": 10.5, "commercial": 8.0, "drug": 12.0, "default": 10.5},
        "percent of denials", "ma_2024_appealed, oig_2023_medicaid_appeals, posted_appeal_share_range, posted_healthpartners_appeals, posted_ucare_appeals", "sourced"),
    "overturn_rate": Rate(
        {"medicare_advantage": 80.7, "medicaid_managed": 35, "marketplace_qhp": 35, "commercial": 25, "drug": 50, "default": 35},
        "percent of decided appeals", "ma_2024_overturned, oig_2023_medicaid_appeals, posted_lablue_lhsic, posted_ccha_std, posted_ucare_appeals", "sourced"),
    "hours_standard": Rate(
        {"auto": (0.05, 0.8), "manual": (55, 0.7), "auto_share": 0.2, "median_h": 44.1, "p90_h": 123.0, "share_over_7_days": 0.044},
        "hours, lognormal mixture (median, sigma)", "rule_0057_times; shape assumption", "assumption"),
    "hours_expedited": Rate(
        {"auto": (0.05, 0.8), "manual": (16, 0.75), "auto_share": 0.15, "median_h": 14.0}, "hours, lognormal mixture (median, sigma)",
        "posted_ccha_time_exp, posted_paramount_qhp_exp", "sourced by fit"),
    "hours_drug_electronic": Rate(
        {"fast": (0.8, 1.3), "slow": (24, 1.2), "fast_share": 0.45, "median_h": 6.4}, "hours, lognormal mixture (median, sigma)",
        "fastpath_median, fastpath_under2h, fastpath_over48h", "sourced by fit"),
    "hours_drug_manual": Rate(
        {"fast": (0.8, 1.0), "slow": (26, 1.1), "fast_share": 0.20, "median_h": 18.3}, "hours, lognormal mixture (median, sigma)",
        "fastpath_median, fastpath_under2h, fastpath_over48h", "sourced by fit"),
    "incomplete_request_delay": Rate({"median_h": 40, "sigma": 0.6}, "hours added when papers are missing", "assumption", "assumption"),
    "late_decision_share": Rate(4, "percent of decisions by people that come after the limit", "hours_standard_2026_rule (4.4 percent over 7 days); applied to all lines by assumption", "assumption"),
    "auto_decision_share": Rate(20, "percent of complete electronic requests", "realtime_20_to_80", "sourced, industry statement"),
    "second_level_review_share": Rate(15, "percent of requests not decided automatically; denials always add to it here", "um_second_level", "weak"),
    "extension_rate": Rate(0.5, "percent of requests", "posted_paramount_qhp_std, posted_globalhealth_ma, posted_ccha_extended", "sourced"),
    "peer_to_peer_rate": Rate({"advanced_imaging": 20, "default": 12}, "percent of non-drug denials", "p2p_radonc; others assumption", "weak"),
    "peer_to_peer_reversal": Rate({"advanced_imaging": 75, "default": 55}, "percent of calls", "p2p_ortho, p2p_radonc", "weak"),
    "duplicate_rate": Rate({"default": 3, "advanced_imaging": 5, "fax": 6}, "percent of requests", "assumption", "assumption"),
    "pharmacy_claim_rejected_for_pa": Rate(11, "percent of prescription claims", "rx_rejected_11", "sourced, dated"),
    "abandonment_after_rejection": Rate(37, "percent of rejected prescriptions", "rx_abandon_37", "sourced, dated"),
    "requests_per_physician_week": Rate(40, "requests", "ama_2025_volume, ama_2024_volume", "sourced"),
    "staff_minutes_per_request": Rate({"manual": 24, "portal": 16, "electronic": 11}, "minutes of provider staff time", "caqh_2023_minutes; manual interpolated", "partly sourced"),
    "provider_cost_per_request_usd": Rate({"manual": 10.81, "portal": 7.0, "electronic": 5.0}, "US dollars", "caqh_2023_cost; portal and electronic assumption", "weak"),
    "late_letter_share": Rate(4, "percent of denials with a late notice", "um_letters_late, scaled down", "weak"),
    "arrival_weekday": Rate({"Mon": 22, "Tue": 21, "Wed": 20, "Thu": 19, "Fri": 16, "Sat": 1.2, "Sun": 0.8}, "percent of requests", "assumption", "assumption"),
    "arrival_hour": Rate({"share_08_18": 92, "share_18_22": 6, "share_night": 2}, "percent of requests, local time", "assumption", "assumption"),
    "january_factor": Rate(1.25, "multiplier on January volume", "assumption", "assumption"),
    "approval_length_days": Rate({"imaging": 60, "procedure": 90, "dme_rental": 365, "therapy": 60, "drug": 365, "specialty_drug": 180}, "days", "assumption", "assumption"),
}  # fmt: skip


def rate(name: str) -> Any:
    """The value of a calibration parameter."""
    return RATES[name].value
