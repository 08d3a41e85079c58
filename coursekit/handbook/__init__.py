"""The handbook around the modules: tool kit sheets, glossary cards, case book, programme map.

toolkit.py    toolkit/NN-name.md -> printable sheets
casebook.py   casebook.yaml + the synthetic world -> ten stories with real records
programme.py  programme.yaml + item data -> what is taught where, and the holes
pages.py      all of it as HTML, for the reading edition and for the course page
pdf.py        the sheets as PDF, where there is a Chromium
"""
