"""Descriptions of the tables of the synthetic world, one module per subject. Read them through `priorauth.schema`."""
