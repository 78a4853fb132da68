"""What clients are told in words.

Texts that existing clients know are given exactly as they know them, whatever the language;
those for what is new exist in French and English.
"""

from __future__ import annotations

from headcount.chat.hub.inputs import Language
from headcount.chat.wire.outgoing import AuthRequired, Error, Success

TOKEN_REQUIRED = AuthRequired("Token requis")
TOKEN_INVALID = Error("Token invalide")
AUTH_REQUIRED = "Authentification requise"
TEXT_REQUIRED = "Message text is required"
NOT_STORED = "Erreur enregistrement message"
MALFORMED = Error("Invalid message payload")
ALREADY_LOGGED_IN = Error("Compte déjà connecté sur un autre poste.", "ALREADY_LOGGED_IN")
NAME_TAKEN = Error("Ce nom est déjà utilisé", "NAME_TAKEN")
PSEUDO_UPDATED = Success("Pseudo updated")

_TEXTS: dict[str, tuple[str, str]] = {
    "BAD_NAME": (
        "Ce nom ne peut pas être utilisé",
        "This name cannot be used",
    ),
    "BUSY": (
        "Trop de messages attendent d'être enregistrés ; réessayez",
        "Too many messages are waiting to be stored; try again",
    ),
    "FORBIDDEN": (
        "Action réservée aux administrateurs",
        "Only an administrator may do this",
    ),
    "NAME_FIXED": (
        "Le nom d'un compte ne change pas",
        "The name of an account does not change",
    ),
    "NAME_LOST": (
        "Ce nom appartient maintenant à un compte",
        "This name now belongs to an account",
    ),
    "RATE_LIMITED": (
        "Trop d'envois ; patientez un instant",
        "Too much at once; wait a moment",
    ),
    "ROOM_UNKNOWN": (
        "Ce salon n'existe pas ou plus",
        "There is no such room, or not any more",
    ),
    "SESSION_REPLACED": (
        "Compte connecté depuis un autre poste.",
        "This account is in use from another place.",
    ),
    "STOPPING": (
        "Le serveur redémarre ; réessayez",
        "The server is restarting; try again",
    ),
    "TOO_LONG": (
        "Message trop long",
        "The message is too long",
    ),
    "TOO_MANY_CONNECTIONS": (
        "Trop de connexions depuis cette adresse",
        "Too many connections from this address",
    ),
    "UNAVAILABLE": (
        "Service momentanément indisponible ; réessayez",
        "The service is not available right now; try again",
    ),
    "WRONG_ROOM": (
        "Vous n'êtes plus dans ce salon",
        "You are no longer in that room",
    ),
}


def error(code: str, language: Language, ref: str | None = None) -> Error:
    """Return the error frame of a code that existing clients do not know."""
    french, english = _TEXTS[code]
    text = english if language == "en" else french
    return Error(text, code) if ref is None else Error(text, code, ref)


def known(text: str, ref: str | None = None) -> Error:
    """Return the error frame of a text that existing clients know."""
    return Error(text) if ref is None else Error(text, ref=ref)
