"""Every text of the windows, in English and in French."""

from __future__ import annotations

from typing import Final, Literal

Language = Literal["en", "fr"]

TEXTS: Final[dict[str, tuple[str, str]]] = {
    # the list of sessions
    "row": (
        "{model} ({count}/{high} instances){mark} · {seats} instances ({room})",
        "{model} ({count}/{high} instances){mark} · {seats} instances ({room})",
    ),
    "room_full": ("Full", "Complète"),
    "room_ready": ("Ready", "Prête"),
    "room_available": ("Available", "Disponible"),
    "tooltip": (
        "Session ID: {id}\nModel: {model}\nInstances: {seats}\nRegistered players: {players}",
        "Identifiant : {id}\nModèle : {model}\nInstances : {seats}\nJoueurs inscrits : {players}",
    ),
    "nobody": ("none", "aucun"),
    # the bottom line
    "count": (
        "{count}/{low}-{high} instance(s) connected{more}",
        "{count}/{low}-{high} instance(s) connectée(s){more}",
    ),
    "count_full": (" ✓", " ✓"),
    "count_min": (" ✓ (min)", " ✓ (min)"),
    "count_waiting": (" (waiting for {k} more...)", " (en attente de {k} de plus...)"),
    "count_none": (
        "Instances: No instances connected yet",
        "Instances : aucune instance connectée pour le moment",
    ),
    "count_closed": ("Instances: Session closed", "Instances : session fermée"),
    # the information
    "waiting": (
        "⏳ Waiting for {k} more instance(s) to connect...",
        "⏳ En attente de {k} instance(s) de plus...",
    ),
    "min_host": (
        "✓ Minimum instances connected ({seats}). "
        "Click 'Start Now' to begin, or wait for more players.",
        "✓ Minimum d'instances connectées ({seats}). "
        "Cliquez sur « Démarrer » pour commencer, ou attendez d'autres joueurs.",
    ),
    "min_guest": (
        "✓ Minimum instances connected ({seats}). Waiting for session creator to start the game...",
        "✓ Minimum d'instances connectées ({seats}). "
        "En attente du créateur de la session pour démarrer le jeu...",
    ),
    "max_auto": (
        "✓ All instances connected! The game will start automatically in a few seconds.",
        "✓ Toutes les instances sont connectées ! Le jeu démarre dans quelques secondes.",
    ),
    "max_host": (
        "✓ All instances connected! Click 'Start Now' to begin.",
        "✓ Toutes les instances sont connectées ! Cliquez sur « Démarrer » pour commencer.",
    ),
    "max_guest": (
        "✓ All instances connected! Waiting for session creator to start the game...",
        "✓ Toutes les instances sont connectées ! "
        "En attente du créateur de la session pour démarrer le jeu...",
    ),
    "countdown": (
        "⏱️ Starting automatically in: {seconds}...",
        "⏱️ Démarrage automatique dans : {seconds}...",
    ),
    "started": ("✓ The game starts...", "✓ Le jeu démarre..."),
    "lost": (
        "The connection is lost; trying to get it back...",
        "La connexion est perdue ; tentative de reconnexion...",
    ),
    "setup_create": (
        "Create a session, and the others will see it in their lists.",
        "Créez une session : les autres la verront dans leur liste.",
    ),
    "setup_join": (
        "Choose a session from the list, or type its ID.",
        "Choisissez une session dans la liste, ou saisissez son identifiant.",
    ),
    "entering": ("Connecting to the session...", "Connexion à la session..."),
    # the seed
    "seed_none": ("Seed: Not synchronized", "Graine : non synchronisée"),
    "seed": ("Seed: Synchronized ✓ ({seed})", "Graine : synchronisée ✓ ({seed})"),
    # the connection
    "status": ("Connection Status: {status}", "État de la connexion : {status}"),
    "link_off": ("Not connected", "Non connecté"),
    "link_connecting": ("Connecting...", "Connexion..."),
    "link_up": ("[●] Connected to broker", "[●] Connecté au broker"),
    "link_lost": ("[✗] Connection lost", "[✗] Connexion perdue"),
    "link_failed": ("[✗] Connection failed", "[✗] Échec de la connexion"),
    "link_timed_out": ("[✗] Connection timeout", "[✗] Délai de connexion dépassé"),
    "players": ("Number of players: {seats}", "Nombre de joueurs : {seats}"),
    # why it is over
    "closed_title": ("Session Closed", "Session fermée"),
    "closed_host": (
        "Session Closed: The session creator has disconnected. The session has been closed.",
        "Session fermée : le créateur de la session s'est déconnecté. La session a été fermée.",
    ),
    "closed_kicked": (
        "Session Closed: You were taken out of the session by its creator.",
        "Session fermée : le créateur vous a retiré de la session.",
    ),
    "closed_replaced": (
        "Session Closed: A newer window took your seat.",
        "Session fermée : une autre fenêtre a pris votre place.",
    ),
    "closed_link": (
        "Session Closed: The connection to the others was lost for too long.",
        "Session fermée : la connexion avec les autres a été perdue trop longtemps.",
    ),
    # the window's own words
    "title": ("Connect to Distributed Game", "Connexion à un jeu distribué"),
    "create": ("Create new session", "Créer une session"),
    "join": ("Join existing session", "Rejoindre une session"),
    "sessions": ("Available Sessions", "Sessions disponibles"),
    "refresh": ("Refresh", "Actualiser"),
    "id": ("Session ID", "Identifiant de session"),
    "id_drawn": ("drawn if left empty", "tiré au sort si vide"),
    "id_wanted": ("from the list, or typed", "dans la liste, ou saisi"),
    "copy": ("Copy", "Copier"),
    "qr": ("QR code", "QR code"),
    "qr_hint": (
        "Scan this to have the session's ID and the broker's address.",
        "Scannez ce code pour obtenir l'identifiant de la session et l'adresse du broker.",
    ),
    "broker": ("Broker", "Broker"),
    "settings": ("Settings...", "Réglages..."),
    "connect": ("Connect", "Connecter"),
    "cancel": ("Cancel", "Annuler"),
    "start": ("Start Now", "Démarrer"),
    "offer": ("Start a broker here", "Démarrer un broker ici"),
    "offer_hint": (
        "No broker answers. One can run on this computer, for all on the same network.",
        "Aucun broker ne répond. Un broker peut tourner sur cet ordinateur, pour tout le réseau.",
    ),
    "here": ("this computer ({address})", "cet ordinateur ({address})"),
    # the broker's settings
    "servers_title": ("Broker settings", "Réglages du broker"),
    "servers_hint": (
        "The selected broker is used. One line holds one broker; "
        "several addresses of one cluster stand side by side.",
        "Le broker sélectionné est utilisé. Une ligne par broker ; "
        "plusieurs adresses d'un même cluster se suivent sur une ligne.",
    ),
    "add": ("Add", "Ajouter"),
    "remove": ("Remove", "Retirer"),
    "ok": ("OK", "OK"),
    # roles
    "roles_title": ("Select Your Player Role", "Choisissez votre rôle"),
    "role_mine": ("{role} - You have selected", "{role} - Vous l'avez choisi"),
    "role_taken": ("{role} - Already taken", "{role} - Déjà pris"),
    "role_connected": ("{role} - Already connected", "{role} - Déjà connecté"),
    "roles_choose": ("Choose a role, then click OK.", "Choisissez un rôle, puis cliquez sur OK."),
    "roles_waiting": (
        "⏳ Waiting for {k} more player(s) to select their role...",
        "⏳ En attente du choix de rôle de {k} joueur(s)...",
    ),
    "roles_ready": (
        "✓ All players ready! Starting game...",
        "✓ Tous les joueurs sont prêts ! Le jeu démarre...",
    ),
    # who is there
    "people_title": ("Players", "Joueurs"),
    "person_you": ("✓ {name} (You)", "✓ {name} (Vous)"),
    "person_connected": ("● {name} (Connected)", "● {name} (Connecté)"),
    "person_away": ("◌ {name} (Away)", "◌ {name} (Absent)"),
    "person_waiting": ("⏳ {name} (Waiting...)", "⏳ {name} (En attente...)"),
    "people": ("Connected: {count}/{high}", "Connectés : {count}/{high}"),
}
"""By key, the English text and the French one, with the same fields in braces."""


def text(language: Language, key: str, **fields: object) -> str:
    """Return a text, with its fields filled in."""
    return TEXTS[key][0 if language == "en" else 1].format(**fields)


def language_of(locale: str) -> Language:
    """Return the language for a locale such as `fr_FR`; English where there is no better."""
    return "fr" if locale.lower().startswith("fr") else "en"
