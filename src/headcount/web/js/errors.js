// What an error says, in English and in French.

/** Errors by their code; `texts` are words of the server that have none. */
export const ERRORS = {
  UNKNOWN: { en: "That did not work.", fr: "Cela n’a pas fonctionné." },
  UNREACHABLE: {
    en: "The server cannot be reached; try again.",
    fr: "Le serveur est injoignable ; réessayez.",
  },
  UNANSWERED: {
    en: "No answer came; it may have been sent or not.",
    fr: "Pas de réponse ; le message est peut-être parti.",
  },
  WRONG_CREDENTIALS: {
    en: "Wrong name or password.",
    fr: "Identifiants incorrects.",
    texts: ["Identifiants incorrects"],
  },
  WRONG_PASSWORD: { en: "This is not your password.", fr: "Ce n’est pas votre mot de passe." },
  ALREADY_LOGGED_IN: {
    en: "This account is already connected on another workstation.",
    fr: "Compte déjà connecté sur un autre poste.",
  },
  NAME_LENGTH: {
    en: "A name has 3 to 20 characters.",
    fr: "Le nom doit contenir entre 3 et 20 caractères.",
    texts: ["Le nom doit contenir entre 3 et 20 caractères"],
  },
  PASSWORD_LENGTH: {
    en: "A password has at least 6 characters.",
    fr: "Le mot de passe doit contenir au moins 6 caractères.",
    texts: ["Le mot de passe doit contenir au moins 6 caractères"],
  },
  NAME_TAKEN: {
    en: "This name is taken.",
    fr: "Ce nom est déjà utilisé.",
    texts: ["Ce nom est déjà utilisé"],
  },
  NAME_LOST: {
    en: "This name now belongs to an account; choose another.",
    fr: "Ce nom appartient maintenant à un compte ; choisissez-en un autre.",
  },
  BAD_NAME: { en: "This name cannot be used.", fr: "Ce nom ne peut pas être utilisé." },
  BAD_PASSWORD: {
    en: "This password cannot be used.",
    fr: "Ce mot de passe ne peut pas être utilisé.",
  },
  AUTH_REQUIRED: {
    en: "Guests are not admitted here: log in or register.",
    fr: "Les invités ne sont pas admis ici : connectez-vous ou inscrivez-vous.",
    texts: ["Authentification requise"],
  },
  TOKEN_INVALID: {
    en: "Your login has ended; log in again.",
    fr: "Votre connexion a expiré ; reconnectez-vous.",
    texts: ["Token invalide", "Token invalide ou expiré", "Token manquant"],
  },
  LOGGED_OUT: {
    en: "Your login was ended: log in again, or ask whoever runs this server.",
    fr: "Vous avez été déconnecté : reconnectez-vous, ou demandez à la personne qui gère ce serveur.",
  },
  TOO_MANY_FAILURES: {
    en: "Too many attempts; try again in {wait} s.",
    fr: "Trop de tentatives ; réessayez dans {wait} s.",
  },
  CREDENTIALS_REQUIRED: {
    en: "Give a name and a password.",
    fr: "Indiquez un nom et un mot de passe.",
    texts: ["Username and password required"],
  },
  TEXT_REQUIRED: {
    en: "The message is empty.",
    fr: "Le message est vide.",
    texts: ["Message text is required", "Text and pseudo are required"],
  },
  MALFORMED: {
    en: "The server did not understand that.",
    fr: "Le serveur n’a pas compris cette demande.",
    texts: ["Invalid message payload"],
  },
  NAME_FIXED: {
    en: "The name of an account does not change.",
    fr: "Le nom d’un compte ne change pas.",
  },
  SESSION_REPLACED: {
    en: "This account is in use from another place.",
    fr: "Compte connecté depuis un autre poste.",
  },
  TOO_MANY_CONNECTIONS: {
    en: "Too many connections from this address; try again later.",
    fr: "Trop de connexions depuis cette adresse ; réessayez plus tard.",
  },
  RATE_LIMITED: {
    en: "Too much at once; wait a moment.",
    fr: "Trop d’envois ; patientez un instant.",
  },
  BUSY: { en: "The server is busy; try again.", fr: "Le serveur est occupé ; réessayez." },
  UNAVAILABLE: {
    en: "Not available right now; try again.",
    fr: "Momentanément indisponible ; réessayez.",
  },
  STOPPING: { en: "The server is restarting; try again.", fr: "Le serveur redémarre ; réessayez." },
  TOO_LONG: { en: "The message is too long.", fr: "Message trop long." },
  NOT_STORED: {
    en: "The message could not be stored.",
    fr: "Erreur d’enregistrement du message.",
    texts: ["Erreur enregistrement message"],
  },
  WRONG_ROOM: { en: "You are no longer in that room.", fr: "Vous n’êtes plus dans ce salon." },
  ROOM_UNKNOWN: { en: "There is no such session any more.", fr: "Cette session n’existe plus." },
  SESSION_CREATED: { en: "The session is created.", fr: "La session est créée." },
  SESSION_ENDED: {
    en: "The session has ended; this is the lobby.",
    fr: "La session est terminée ; voici l’accueil.",
  },
  FORBIDDEN: {
    en: "Only an administrator may do this.",
    fr: "Action réservée aux administrateurs.",
  },
  NOT_HOSTED: {
    en: "This session is not hosted by this server.",
    fr: "Cette session n’est pas hébergée par ce serveur.",
  },
  REFUSED: { en: "The session has refused this.", fr: "La session a refusé cette demande." },
  PASSWORD_CHANGED: { en: "The password is changed.", fr: "Le mot de passe est changé." },
};

/** Return the code of what the server says in words that it gives no code; null for others. */
export function spoken(message) {
  return Object.keys(ERRORS).find((code) => ERRORS[code].texts?.includes(message)) ?? null;
}
