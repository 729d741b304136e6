"""Defects: systems and harnesses with one thing wrong each, which the harness must catch.

``harness selftest`` runs scenarios against them. Nothing that measures or is measured imports this
package: ``harness.compose.defects`` loads it by name where a self-test asks for it.
"""
