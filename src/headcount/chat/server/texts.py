"""What is said over HTTP in words.

Texts that existing clients know are given exactly as they know them, whatever the language;
those for what is new exist in French and English.
"""

from __future__ import annotations

from typing import Final

from headcount import arguments
from headcount.chat.hub.inputs import Language
from headcount.core.state import MAX_MEMBERS

CREDENTIALS_REQUIRED: Final = "Username and password required"
WRONG_CREDENTIALS: Final = "Identifiants incorrects"
ALREADY_LOGGED_IN: Final = "Compte déjà connecté sur un autre poste."
NAME_LENGTH: Final = "Le nom doit contenir entre 3 et 20 caractères"
PASSWORD_LENGTH: Final = "Le mot de passe doit contenir au moins 6 caractères"
NAME_TAKEN: Final = "Ce nom est déjà utilisé"
LOGGED_OUT: Final = "Logged out successfully"
TOKEN_MISSING: Final = "Token manquant"
TOKEN_INVALID: Final = "Token invalide ou expiré"
TEXT_REQUIRED: Final = "Text and pseudo are required"

_TEXTS: Final[dict[str, tuple[str, str]]] = {
    "UNKNOWN_HOST": (
        "Ce serveur n'est ouvert qu'à cette machine : appelez-le localhost ou 127.0.0.1. "
        "Pour un autre nom, lancez-le avec --host, --trusted-proxy ou --origin",
        "This server is open to this machine only: call it localhost or 127.0.0.1. "
        "For another name start it with --host, --trusted-proxy or --origin",
    ),
    "BAD_JSON": (
        "Le corps de la requête n'est pas un objet JSON valide",
        "The body of the request is not a valid JSON object",
    ),
    "BAD_LIMIT": (
        "`limit`, `before` et `after` sont des nombres entiers positifs",
        "`limit`, `before` and `after` are whole numbers, not negative",
    ),
    "BAD_NAME": (
        "Ce nom ne peut pas être utilisé",
        "This name cannot be used",
    ),
    "BAD_PASSWORD": (
        "Ce mot de passe ne peut pas être utilisé",
        "This password cannot be used",
    ),
    "BAD_REF": (
        "`ref` est un texte d'au plus 64 caractères, ou un nombre entier",
        "`ref` is a text of at most 64 characters, or a whole number",
    ),
    "BAD_SESSION": (
        "Cette demande n'est pas valable pour une session",
        "This cannot be asked of a session",
    ),
    "BUSY": (
        "Trop de demandes à la fois ; réessayez dans un instant",
        "Too many requests at once; try again in a moment",
    ),
    "FORBIDDEN": (
        "Action réservée aux administrateurs",
        "Only an administrator may do this",
    ),
    "NOT_HOSTED": (
        "Cette session n'est pas hébergée par ce serveur",
        "This session is not hosted by this server",
    ),
    "NO_MESSAGE": (
        "Ce message n'existe pas",
        "There is no such message",
    ),
    "PASSWORDS_REQUIRED": (
        "L'ancien et le nouveau mot de passe sont requis",
        "The old and the new password are required",
    ),
    "RATE_LIMITED": (
        "Trop d'envois ; patientez un instant",
        "Too much at once; wait a moment",
    ),
    "REFUSED": (
        "La session a refusé cette demande",
        "The session has refused this",
    ),
    "ROOM_UNKNOWN": (
        "Ce salon n'existe pas ou plus",
        "There is no such room, or not any more",
    ),
    "SESSION_NAME": (
        "Donnez à la session un nom de 1 à 64 caractères imprimables",
        "Give the session a name of 1 to 64 printable characters",
    ),
    "SESSION_SEATS": (
        f"Indiquez de 2 à {MAX_MEMBERS} places au plus, celle du serveur comprise, "
        "et un minimum de 1 au moins qui ne les dépasse pas",
        f"Give 2 to {MAX_MEMBERS} seats at most, the server's own among them, "
        "and a least number from 1 up to that",
    ),
    "SESSION_ROLES": (
        f"Indiquez {arguments.MAX_ROLES} rôles au plus, tous différents, "
        "de 1 à 64 caractères imprimables chacun",
        f"Give at most {arguments.MAX_ROLES} roles, none twice, "
        "of 1 to 64 printable characters each",
    ),
    "SESSION_SEED": (
        f"Une graine est un nombre entier de 0 à {arguments.MAX_SEED}",
        f"A seed is a whole number from 0 to {arguments.MAX_SEED}",
    ),
    "SESSION_ID": (
        "Un identifiant compte de 1 à 64 signes parmi A-Z a-z 0-9 _ - ; « lobby » est réservé",
        "An id is 1 to 64 of A-Z a-z 0-9 _ -; 'lobby' is reserved",
    ),
    "SESSION_EXISTS": (
        "Une session porte déjà cet identifiant ; choisissez-en un autre",
        "There is a session with this id already; choose another",
    ),
    "SESSIONS_FULL": (
        "Ce serveur héberge déjà autant de sessions qu'il peut ; fermez-en une d'abord",
        "This server hosts as many sessions as it may; close one of them first",
    ),
    "STOPPING": (
        "Le serveur redémarre ; réessayez",
        "The server is restarting; try again",
    ),
    "TOO_LARGE": (
        "La requête est trop grande",
        "The request is too large",
    ),
    "TOO_LONG": (
        "Message trop long",
        "The message is too long",
    ),
    "TOO_MANY_FAILURES": (
        "Trop de tentatives ; réessayez plus tard",
        "Too many attempts; try again later",
    ),
    "UNAVAILABLE": (
        "Service momentanément indisponible ; réessayez",
        "The service is not available right now; try again",
    ),
}

CODES: Final = tuple(_TEXTS)
"""What may be said in both languages."""


def text(code: str, language: Language) -> str:
    """Return what a code says in a language."""
    french, english = _TEXTS[code]
    return english if language == "en" else french
