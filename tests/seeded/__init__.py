"""What the tests of seeded defects share: stubs, and a pipeline without a network."""
