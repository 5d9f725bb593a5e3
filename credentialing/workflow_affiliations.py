"""Transition tables of affiliation letters: the request of another organization and the reply's mail."""

from config.kernel.workflow import Transition, Workflow
from credentialing.choices import AffiliationStatus as Status
from credentialing.choices import MailStatus
from credentialing.workflow import mail_workflow

_VERIFY = ("credentialing.verify",)
_SYSTEM = ("system",)

# Who asks has no account: the system records what came in through the form.
AFFILIATION_REQUEST = Workflow(
    name="affiliation_request",
    choices=Status,
    initial=(Status.TO_ANSWER,),
    transitions=(
        Transition(
            Status.TO_ANSWER,
            Status.REPLYING,
            _VERIFY,
            "affiliation.answered",
            "Reply",
            guard="the person is identified, or the reply declines",
        ),
        Transition(
            Status.REPLYING,
            Status.TO_ANSWER,
            _VERIFY,
            "affiliation.reply_undone",
            "Take the reply back",
            guard="the mail has not gone out",
        ),
        Transition(
            Status.REPLYING, Status.REPLIED, _SYSTEM, "affiliation.replied", "Send", notify="whoever asked"
        ),
        Transition(Status.REPLYING, Status.CAME_BACK, _SYSTEM, "affiliation.came_back", "The mail came back"),
        Transition(Status.REPLIED, Status.CAME_BACK, _VERIFY, "affiliation.bounced", "The mail came back"),
        Transition(
            Status.CAME_BACK,
            Status.REPLYING,
            _VERIFY,
            "affiliation.sent_again",
            "Send again",
            guard="an address",
        ),
        *(
            Transition(
                state, Status.CLOSED, _VERIFY, "affiliation.closed", "Close without a reply", guard="a reason"
            )
            for state in (Status.TO_ANSWER, Status.CAME_BACK)
        ),
        Transition(Status.CLOSED, Status.TO_ANSWER, _VERIFY, "affiliation.reopened", "Take up again"),
    ),
)

AFFILIATION_REPLY = mail_workflow(
    "affiliation_reply",
    "",
    office="credentialing.verify",
    dropping=tuple(
        Transition(
            state,
            MailStatus.MOOT,
            _VERIFY,
            "affiliation_reply.taken_back",
            "Take back",
            guard="it has not gone out, or another one goes out instead",
        )
        for state in (MailStatus.WAITING, MailStatus.FAILED)
    ),
)
