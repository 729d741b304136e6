"""``GET /api/recorder-config``: what the signed-in user's recorder is to do."""

from __future__ import annotations

from aiohttp import web

from servers.ingest.experiments.definition import ServedExperiments
from servers.ingest.http.session import Signer
from servers.ingest.refusal import Refusal, json_response

PATH = "/api/recorder-config"
_HEADERS = {"Cache-Control": "no-store"}


class RecorderConfig:
    """The handler. User and tier come from the signed session, whatever else a request says."""

    def __init__(self, experiments: ServedExperiments, signer: Signer) -> None:
        self._experiments = experiments
        self._signer = signer

    async def get(self, request: web.Request) -> web.Response:
        """Return options by tier and by variant, or 401."""
        claim = self._signer.session_of(request)
        if claim is None:
            raise Refusal(
                401,
                "not_signed_in",
                "no valid session; POST /api/session first",
                headers=dict(_HEADERS),
            )
        body = self._experiments.configuration(claim.user, claim.tier)
        return json_response(body, headers=dict(_HEADERS))
