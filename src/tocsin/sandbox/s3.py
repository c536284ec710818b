"""An S3 server on loopback over a folder, and the real `aws` client for it."""

import secrets
from pathlib import Path

from tocsin.sandbox.look import answers_tcp
from tocsin.sandbox.scratch import Scratch
from tocsin.sandbox.service import Daemon, Launch

REGION = "us-east-1"


class ObjectStore(Daemon):
    """`rclone serve s3`: a bucket is a folder below `root`, an object is a file in it.

    Args:
        program: rclone. port: where it listens.

    Attributes:
        root: where the buckets are.
        access_key, secret_key: the only pair it knows.
    """

    def __init__(self, scratch: Scratch, program: Path, *, port: int) -> None:
        super().__init__(scratch, "s3")
        self.port = port
        self.root = scratch.path / "s3"
        self.access_key = "DRILL" + secrets.token_hex(6).upper()
        self.secret_key = secrets.token_urlsafe(24)
        self._program = program

    @property
    def url(self) -> str:
        """Its endpoint."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def variables(self) -> dict[str, str]:
        """What leads the `aws` client here, and nowhere else: one attempt, no look at other credentials."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
            # Against a dead endpoint the client would otherwise try for up to twelve seconds.
            "AWS_MAX_ATTEMPTS": "1",
            "AWS_EC2_METADATA_DISABLED": "true",
            # rclone does not know the checksums that newer clients send with every upload unasked.
            "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
            "AWS_RESPONSE_CHECKSUM_VALIDATION": "when_required",
        }

    def bucket(self, name: str) -> Path:
        """The folder of a bucket, made if need be."""
        path = self.root / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def launch(self) -> Launch:
        """Make the root, the first time. The keys go by the environment, where `ps` does not show them, as one value in quotes."""
        self.root.mkdir(exist_ok=True)
        return Launch(
            argv=(
                *(str(self._program), "serve", "s3", str(self.root), "--addr", f"127.0.0.1:{self.port}"),
                *("--config", "/dev/null", "--vfs-cache-mode", "off", "--dir-cache-time", "0s"),
            ),
            directory=self.root,
            environment={
                **self.scratch.base_environment(),
                "RCLONE_AUTH_KEY": f'"{self.access_key},{self.secret_key}"',
            },
            log=self.launch_log(),
        )

    def ready(self) -> bool:
        """Whether it takes connections."""
        return answers_tcp(self.port)
