"""A locustfile of somebody's own, judged: ids of ours in its requests are found again in truth.

from harness.load.own import views

class Visitor(HttpUser):
    def on_start(self):
        self.name = views.user()

    @task
    def look(self):
        self.client.post("/views", json={"visitor": self.name, "seen": [views.seen(self.name)]})
"""
