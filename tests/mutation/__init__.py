"""Mutation of the pure parts: what is mutated, what was measured, and what may survive.

``record.json`` holds, for every function, a hash of its source and what mutmut found when that
source was mutated. Only functions whose hash differs are mutated again, so a check of an unchanged
tree takes a second. ``survivors.toml`` explains every mutant that survives; one that it does not
explain fails the check.

    python -m tests.mutation              # the check: what changed is mutated again
    python -m tests.mutation all [PATH…]  # everything, or what lies below the paths
    python -m tests.mutation again [PATH…]  # only what survived: new tests may notice it
    python -m tests.mutation show ID      # one survivor: its function, its diff, its tests
    python -m tests.mutation explain      # survivors without a reason, to be explained
    python -m tests.mutation score        # the score by module, with and without prose
"""
