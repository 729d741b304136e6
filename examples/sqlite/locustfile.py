"""A load of one's own. Three lines more than Locust needs have each view accounted for.

harness run own_locustfile --target by-locust.toml
"""

from __future__ import annotations

from locust import HttpUser, between, task

from harness.load.own import views  # the first of the three


class Visitor(HttpUser):
    """Signs in, and looks at five pictures at a time."""

    wait_time = between(0.1, 0.4)  # type: ignore[no-untyped-call]

    def on_start(self) -> None:
        """Sign in."""
        self.visitor = views.user()  # the second: a name that no other user has
        answer = self.client.post("/login", json={"visitor": self.visitor})
        self.client.headers["Authorization"] = f"Bearer {answer.json()['token']}"

    @task
    def look(self) -> None:
        """Send what was seen."""
        pictures = [views.seen(self.visitor) for _ in range(5)]  # the third: in place of own ids
        self.client.post("/views", json={"pictures": pictures})
