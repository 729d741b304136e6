"""Artworks of a job: as many as it asks for, the same from the same seed."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from servers.pool.generator import GeneratorMissing, PoolJob, SvgGenerator, generator_named

BUILT_IN = "servers.pool.generator:SvgGenerator"
JOB = PoolJob(id=7, user="ann", level="85", epoch=2, artworks=10, urgent=False, attempt=1)


def test_it_makes_as_many_as_are_ordered_and_each_is_a_picture() -> None:
    made = SvgGenerator().make(JOB)
    assert len({one.id for one in made}) == 10
    assert len({one.picture for one in made}) == 10
    for one in made:
        root = ET.fromstring(one.picture)
        assert root.tag == "{http://www.w3.org/2000/svg}svg"
        assert len(root) == 8
        assert one.title


def test_the_same_seed_gives_the_same_pictures_and_another_attempt_others() -> None:
    made = SvgGenerator(seed=3).make(JOB)
    assert SvgGenerator(seed=3).make(JOB) == made
    assert {one.picture for one in SvgGenerator(seed=4).make(JOB)}.isdisjoint(
        one.picture for one in made
    )
    again = SvgGenerator(seed=3).make(JOB._replace(attempt=2))
    assert {one.id for one in again}.isdisjoint(one.id for one in made)


def test_a_generator_is_found_by_its_name() -> None:
    found = generator_named(BUILT_IN, seed=3, artwork_s=0)
    assert found.make(JOB) == SvgGenerator(seed=3).make(JOB)


@pytest.mark.parametrize(
    "name", ["", "nowhere", "no.such:Thing", "servers.pool.generator:NoSuch", "json:dumps"]
)
def test_one_that_is_not_there_is_named(name: str) -> None:
    with pytest.raises(GeneratorMissing, match=f"no generator '{name}'"):
        generator_named(name, seed=1, artwork_s=0)


def test_what_makes_nothing_is_no_generator() -> None:
    with pytest.raises(GeneratorMissing, match="no method make"):
        generator_named("builtins:dict", seed=1, artwork_s=0)
