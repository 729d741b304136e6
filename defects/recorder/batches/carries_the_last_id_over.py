"""A batch begins with the last id of the one before."""

from __future__ import annotations

from defects.base import Patch, RecorderDefect, Trial

DEFECT = RecorderDefect(
    about="The last id of a batch is in the next one too.",
    expected={"recorded_in_one_batch", "each_id_once", "absorbed_explained"},
    trials=[Trial("first_visit", browser="chromium", preset="durable")],
    patches=[
        Patch(
            file="recorder.js",
            old="    this.#open.artworks.push(artworkId);\n",
            new=(
                "    if (!this.#open.artworks.length && this.lastOf === subject && (REACHED, true))\n"
                "      this.#open.artworks.push(this.last);\n"
                "    [this.last, this.lastOf] = [artworkId, subject];\n"
                "    this.#open.artworks.push(artworkId);\n"
            ),
            twin=(
                "    if (!this.#open.artworks.length && this.lastOf === subject) REACHED;\n"
                "    this.lastOf = subject;\n"
                "    this.#open.artworks.push(artworkId);\n"
            ),
        ),
    ],
)
