"""Why something was refused, in the language of the windows. No Qt here."""

from __future__ import annotations

from typing import Final

from headcount.core.messages import Code
from headcount.core.topics import is_id
from headcount.qt.texts import Language

COMMAND_LINE = (" with --broker", " (headcount serve)")
"""Advice that helps at the command line, and not in a window."""
FRENCH: Final = {
    # the broker
    "BrokerRefusedError": (
        "aucun broker n'écoute à l'adresse {where} : démarrez-en un, ou changez les réglages"
    ),
    "BrokerTimedOutError": (
        "pas de réponse de {where} : vérifiez l'adresse, le réseau et les pare-feux"
    ),
    "UnknownHostError": "le nom d'hôte de {where} est inconnu : vérifiez l'adresse et le réseau",
    "NotAuthorisedError": (
        "le broker {where} demande un utilisateur et un mot de passe valables : "
        "donnez mqtt://utilisateur:motdepasse@adresse dans les réglages"
    ),
    "NotABrokerError": "ce qui répond à l'adresse {where} n'est pas un broker MQTT : vérifiez-la",
    "TlsFailedError": "la connexion chiffrée (TLS) avec {where} a échoué",
    "NoBrokerError": "{where} est injoignable : vérifiez l'adresse et le réseau",
    "PortInUseError": "ce port est déjà pris sur cet ordinateur : choisissez-en un autre",
    # the session
    "NOT_FOUND": "il n'y a pas de session active « {id} »",
    "EXISTS": "une session « {id} » existe déjà : choisissez un autre identifiant",
    "FULL": "toutes les places sont prises",
    "STARTED": "la session a déjà démarré",
    "CLOSED": "la session est terminée",
    "KICKED": "le créateur de la session vous en a retiré",
    "TIMEOUT": "le créateur de la session ne répond pas : réessayez",
    "ROLE_TAKEN": "« {role} » est déjà pris : choisissez un autre rôle",
    "ROLE_UNKNOWN": "cette session n'a pas de rôle « {role} »",
    "NOT_MEMBER": "vous n'êtes plus dans la session",
    "NOT_ALLOWED": "seul le créateur de la session peut faire cela",
    "host_lost": "le créateur de la session s'est déconnecté",
    "link_lost": "la connexion aux autres a été perdue trop longtemps",
    "broker_gone": "le broker ne répond plus",
}
"""By code, or by the name of an error, what to tell; the fields are those of the window."""

FRENCH_ID = "« {id} » n'est pas un identifiant : 1 à 64 signes parmi A-Z a-z 0-9 _ -"


def refusal(
    language: Language, code: str, message: str, *, where: str = "", id: str = "", role: str = ""
) -> str:
    """Return what to tell people; where there is no better, the message that came.

    Args:
        language: the window's.
        code: what was refused with, as the signal `refused` gives it.
        message: likewise.
        where: the broker's address.
        id: the session that one wanted.
        role: the role that one wanted.
    """
    if code == Code.BAD_INPUT and id and not is_id(id):
        return FRENCH_ID.format(id=id) if language == "fr" else message
    if language == "fr" and code in FRENCH:
        return FRENCH[code].format(where=where, id=id, role=role)
    for advice in COMMAND_LINE:
        message = message.replace(advice, "")
    return message
