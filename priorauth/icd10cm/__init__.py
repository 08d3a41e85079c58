"""The extract of ICD-10-CM (April 2026 release) that `priorauth.codes` reads: `release.txt.gz`.

Titles and notes are those of the release that the National Center for Health Statistics posts. The file is written by
`coursekit/codes_extract.py`, never by hand.
"""
