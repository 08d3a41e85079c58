"""What runs beside a learner's code. Imports the standard library, IPython and priorauth; never coursekit.

In the sandbox only this folder, `priorauth` and the data sets are to be found: no key, no source, no gradebook.
"""
