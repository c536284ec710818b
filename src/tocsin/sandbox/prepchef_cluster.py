"""PrepChef with its cluster: the application and payments as pods, Stripe, and everything of the ordinary room beside it."""

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from tocsin.sandbox.kube_room import DEPLOYMENTS, RELEASE, PrepChefCluster
from tocsin.sandbox.kubernetes.images import ANYTHING, Image
from tocsin.sandbox.oracles import kubernetes
from tocsin.sandbox.prepchef import APP, APP_ROLE, DATABASE, PrepChefRoom
from tocsin.sandbox.prepchef_front import API, SITE
from tocsin.sandbox.room import OpenRoom
from tocsin.sandbox.service import wait_until
from tocsin.sandbox.stripe_dashboard import StripeWithDashboard

PODS_OF_OURS = ("node-api", "payments-svc")
"""Deployments whose pods are the room's own application, with sessions in its database."""
PAYMENTS = "/api/payments"
_PORT = 8080
_OK = 200
_OPEN_WITHIN = timedelta(seconds=180)


class PrepChefClusterRoom(PrepChefRoom):
    """The room for what PrepChef's runbook does with kubectl; made by `start`.

    Attributes:
        cluster: its deployments. stripe: the vendor. stripe_key: what the pods pay with on a normal day.
        leaked: whether somebody else knows it; no log that is cleaned takes that back.
    """

    def __init__(self, room: OpenRoom) -> None:
        """Lay the room out; nothing is started but Stripe. Use `start`."""
        super().__init__(room)
        self.stripe = StripeWithDashboard()
        room.set(STRIPE_DASHBOARD=self.stripe.dashboard)
        self.stripe_key = self.stripe.issue()
        self.leaked = False
        self.cluster = PrepChefCluster(
            room,
            secrets={
                "DATABASE_URL": self.postgres.url(DATABASE, APP_ROLE),
                "STRIPE_SECRET_KEY": self.stripe_key,
            },
            variables={"STRIPE_API_BASE": f"http://127.0.0.1:{self.stripe.port}"},
            images=_images(room, room.scratch.path / "cluster-app"),
            hosts=False,
        )
        self.nginx.front = replace(self.nginx.front, upstream=self.cluster.ingress_port)
        self._normal: dict[str, str] = {}

    def settle(self) -> None:
        """The cluster of a normal day, made anew only if it is another one; Stripe knows the old key. Raises TocsinError."""
        self.stripe.reinstate(self.stripe_key)
        if kubernetes.objects(self.cluster.client) != self._normal:
            self.cluster.rebuild()
        self._wait_open()
        super().settle()

    def pays(self) -> bool:
        """Whether a customer could pay now: a pod answers, and Stripe takes its key."""
        return self.get(API, PAYMENTS).status == _OK

    def stop(self) -> None:
        """End everything and leave nothing. Raises TocsinError if something cannot be ended."""
        self.stripe.stop()
        super().stop()

    def _begin_application(self) -> None:
        """The pods instead of the one application; the front needs them all."""
        self.cluster.begin()
        self._wait_open()
        self._normal = kubernetes.objects(self.cluster.client)

    def _wait_open(self) -> None:
        """The ingress learns of ready pods a moment after they are."""
        wait_until(
            lambda: self.pays() and self.get(SITE, "/").status == _OK and self.get(API, "/health").status is not None,
            "customers reach every pod", _OPEN_WITHIN,
        )  # fmt: skip


def _images(room: OpenRoom, folder: Path) -> tuple[Image, ...]:
    """The room's own application as releases of these deployments; a bad one answers nothing but errors."""
    folder.mkdir()
    shutil.copyfile(APP / "server.js", folder / "server.js")
    (folder / "node_modules").symlink_to(room.tools.node_modules)
    program = (str(room.tools.node), str(folder / "server.js"))
    return tuple(
        Image(
            f"registry.local/{name}:{RELEASE}",
            program,
            port=_PORT,
            environment={"SERVICE": name},
            exec=ANYTHING,
        )
        for name in DEPLOYMENTS
        if name in PODS_OF_OURS
    )
