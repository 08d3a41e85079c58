"""What the course notebooks import: records, checks, practice questions and the tools of the trade.

Nothing heavy is loaded here. Import the part that you need, for example ``from priorauth import data``.
"""

__version__ = "0.1.0"
