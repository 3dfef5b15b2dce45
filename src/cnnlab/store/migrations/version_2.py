"""Version 2: lists of runs, the newest first, by an index for each word that narrows them.

Each ends in what a list is sorted by, so that its first fifty rows are the first fifty of the index.
"""

STATEMENTS = (
    "CREATE INDEX run_by_began ON run (began, number)",
    "CREATE INDEX run_by_architecture ON run (architecture, began, number)",
    "CREATE INDEX run_by_study ON run (study, began, number)",
    "CREATE INDEX run_by_status ON run (status, began, number)",
    "CREATE INDEX run_by_seed ON run (seed, began, number)",
    # Only the rows of living or killed processes: a handful.
    "CREATE INDEX run_by_owner ON run (owner) WHERE owner IS NOT NULL",
)
