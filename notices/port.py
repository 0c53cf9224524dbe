"""What the rest of the house may know of this room: who is written to, and what a notice keeps of a payment method."""

from notices.recipients import recipients
from notices.words import method_fact

__all__ = ["method_fact", "recipients"]
