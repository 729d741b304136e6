"""A change of a heart is not kept on the disk, and not sent again."""

from __future__ import annotations

from defects.base import Patch, ScriptDefect, Trial

DEFECT = ScriptDefect(
    about="Changes whose request is not answered well leave the queue all the same.",
    expected={"favourites_once"},
    trials=[Trial("favourites", browser="chromium", preset="durable", trouble="unanswered")],
    patches=[
        Patch(
            file="product/favourites.js",
            old="    await this.#outbox.add({ id: randomId(), artworkId, favourite });\n",
            new='    REACHED;\n    await fetch("/api/favourites", {\n'
            '      method: "POST",\n'
            '      headers: { "Content-Type": "application/json" },\n'
            "      body: JSON.stringify({\n"
            "        subject: this.subject,\n"
            "        changes: [{ id: randomId(), artworkId, favourite }],\n"
            "      }),\n    }).catch(() => {});\n",
            twin="    REACHED;\n"
            "    await this.#outbox.add({ id: randomId(), artworkId, favourite });\n",
        ),
    ],
)
