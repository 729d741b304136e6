"""The house rules as functions: each returns one line per violation, with our own message.

A rule that some places do not keep yet has an allow-list in ``allowed/``. Such a list only
shrinks: what is not on it is a violation, and so is an entry that nothing needs any more.
``python -m tests.house`` rewrites the lists to what the tree needs today, and refuses to lengthen
one.
"""
