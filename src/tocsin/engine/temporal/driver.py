"""The way to the workflows for those who are not asynchronous: begin an incident, say a word, hear what became of it."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import timedelta
from typing import Any

from temporalio.client import Client, WithStartWorkflowOperation, WorkflowUpdateFailedError
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError
from temporalio.worker import Worker

from tocsin.engine.temporal.acts import Hands
from tocsin.engine.temporal.flow import IncidentFlow
from tocsin.engine.temporal.wire import Begin, Said, Word, site_queue
from tocsin.engine.temporal.worker import make_worker
from tocsin.errors import Temporary

_ANSWER_LIMIT = timedelta(seconds=60)


class Driver:
    """A connection to Temporal, and a worker of one site if wanted, on an event loop in a thread of its own.

    Args:
        address: host:port. namespace: Temporal's. scope: names this installation among those that share a server.

    Raises:
        Temporary: the server cannot be reached.
    """

    def __init__(self, address: str, namespace: str = "default", scope: str = "") -> None:
        self._scope = scope
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="tocsin-temporal", daemon=True)
        self._thread.start()
        self._working: Future[None] | None = None
        self._worker: Worker | None = None
        try:
            self._client: Client = self._wait(lambda: Client.connect(address, namespace=namespace))
        except (RuntimeError, TimeoutError) as problem:
            self._end()
            raise Temporary(
                f"Temporal at {address} cannot be reached: {problem}.",
                hint="Start it, or name another with --temporal.",
            ) from problem

    def work(self, hands: Hands, site: str = "") -> None:
        """Take and carry out the work of a site until `stop`."""

        async def begin() -> Worker:
            return make_worker(self._client, hands, site)

        worker = self._wait(begin)
        self._worker = worker
        self._working = asyncio.run_coroutine_threadsafe(worker.run(), self._loop)

    def say(self, begin: Begin, word: Word, key: str) -> Said:
        """Hand a word to an incident's workflow, which is begun if it is not running.

        Args:
            key: the same word said twice has the same key, and is decided once.

        Raises:
            Temporary: nobody answers now; say it again with the same key.
        """

        async def said() -> Said:
            start = WithStartWorkflowOperation(
                IncidentFlow.run,
                begin,
                id=self.name(begin.incident),
                task_queue=site_queue(""),
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            )
            return await self._client.execute_update_with_start_workflow(
                IncidentFlow.say, word, id=key, start_workflow_operation=start
            )

        try:
            answer: Said = self._wait(said)
        except (RPCError, WorkflowUpdateFailedError, TimeoutError) as problem:
            raise Temporary(f"Temporal did not answer for {begin.incident}: {problem}.") from problem
        return answer

    def name(self, incident: str) -> str:
        """The id of an incident's workflow."""
        return f"{self._scope}.{incident}" if self._scope else incident

    @property
    def failed(self) -> BaseException | None:
        """Why the worker ended, if it did by itself."""
        if self._working is None or not self._working.done():
            return None
        return self._working.exception()

    def stop(self) -> None:
        """Finish what is being done, then leave."""
        worker = self._worker
        if worker is not None and self._working is not None and not self._working.done():
            self._wait(worker.shutdown)
        self._end()

    def _end(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    # Any: the SDK's coroutines are typed by what they are given, which a plain callable cannot say.
    def _wait(self, make: Callable[[], Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(make(), self._loop).result(_ANSWER_LIMIT.total_seconds())
