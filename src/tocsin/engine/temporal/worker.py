"""A worker: takes workflows and activities of one site from Temporal and carries them out."""

from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from tocsin.engine.temporal.acts import Acts, Hands
from tocsin.engine.temporal.flow import IncidentFlow
from tocsin.engine.temporal.wire import site_queue


def make_worker(client: Client, hands: Hands, site: str = "") -> Worker:
    """A worker for a site. That of the main site decides and sends as well; others only run steps.

    Args:
        site: "" for the main one.
    """
    acts = Acts(hands)
    if site:
        return Worker(client, task_queue=site_queue(site), activities=[acts.run_step])
    return Worker(
        client,
        task_queue=site_queue(""),
        workflows=[IncidentFlow],
        activities=[acts.look_around, acts.record, acts.send, acts.take_targets, acts.run_step],
        # What the sandbox would guard against, the clock, chance and I/O, the core's own architecture tests forbid; it
        # would import the judge's grammars anew for every incident.
        workflow_runner=UnsandboxedWorkflowRunner(),
        # A workflow reads its runbook, and one of megabytes, or a machine that is busy, takes longer than the two seconds
        # after which the detector of deadlocks ends it; it would be begun again and ended again, for ever. This is the
        # library's one way to do without; what the detector looks for, a wait, the core cannot do.
        debug_mode=True,
    )
