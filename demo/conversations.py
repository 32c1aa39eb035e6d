"""A month of invented conversations: (days ago, time of day, who writes, what)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """Something said `days_ago` at `at` (HH:MM, UTC) by the demo person `author`."""

    days_ago: int
    at: str
    author: str
    body: str


@dataclass(frozen=True, slots=True)
class Script:
    """A conversation: its lines in order, and how many of them each side has read."""

    beneficiary: str
    lines: tuple[Line, ...]
    read_by_beneficiary: int
    read_by_advisor: int
    flagged: bool = False


JO = Script(
    "jo",
    (
        Line(
            29,
            "08:12",
            "sam",
            "Bonjour Jo, ravi de notre rencontre d'hier ! Ici tu peux m'écrire entre deux rendez-vous, je réponds en général dans la journée.",
        ),
        Line(29, "10:47", "jo", "Bonjour Sam, merci ! C'est plus simple que le téléphone pour moi 🙂"),
        Line(28, "07:55", "sam", "Parfait. Première étape : peux-tu noter trois métiers qui te donnent envie, même si tu n'es pas sûre ?"),
        Line(27, "19:31", "jo", "J'ai pensé à fleuriste, menuisière, et peut-être éducatrice. Aucune idée si c'est réaliste…"),
        Line(
            26,
            "08:20",
            "sam",
            "Très bonne liste ! Le plus sûr est d'aller voir. On pourrait chercher une immersion d'une semaine chez un fleuriste près du canal.",
        ),
        Line(26, "12:02", "jo", "Une immersion c'est payé ? Et il faut un CV ?"),
        Line(
            26,
            "13:15",
            "sam",
            "Ce n'est pas payé, mais tu gardes ton allocation, et tu es couverte en cas d'accident. Un CV aide, on peut le faire ensemble jeudi.",
        ),
        Line(24, "16:40", "jo", "J'ai commencé le CV, je l'apporte jeudi. Pour l'expérience je n'ai que le stage de 3e et le baby-sitting."),
        Line(24, "17:05", "sam", "C'est déjà beaucoup : s'occuper d'enfants, c'est de l'organisation et de la patience. On le mettra en valeur."),
        Line(
            21, "09:30", "sam", "Merci pour ce matin. Ton CV est en ligne dans ton espace. Prochaine étape : appeler deux fleuristes avant mercredi."
        ),
        Line(19, "18:22", "jo", "J'ai appelé le premier, répondeur. Le deuxième me dit de passer samedi avec mon CV !!"),
        Line(
            19,
            "18:40",
            "sam",
            "Bravo, c'est courageux d'avoir appelé. Samedi, demande à qui tu parles et si une convention d'immersion est possible.",
        ),
        Line(16, "11:10", "jo", "C'est fait ! Elle s'appelle Mme Ferrand, elle est d'accord pour une semaine en décembre. Elle veut les papiers."),
        Line(16, "14:28", "sam", "Excellente nouvelle ! Je prépare la convention, envoie-moi l'adresse exacte de la boutique quand tu peux."),
        Line(15, "08:03", "jo", "Atelier des Lilas, 12 quai des Tanneurs. Elle ouvre à 9 h."),
        Line(12, "09:45", "sam", "La convention est partie à la signature. As-tu pensé à l'aide à la mobilité pour tes trajets ?"),
        Line(12, "20:14", "jo", "Non, je ne savais pas que j'y avais droit. C'est compliqué à demander ?"),
        Line(11, "08:30", "sam", "Dix minutes à deux. Apporte ta carte d'identité et un justificatif de domicile au prochain rendez-vous."),
        Line(7, "15:55", "jo", "Sam, j'ai un empêchement mardi, ma petite sœur est malade. On peut décaler ?"),
        Line(7, "16:10", "sam", "Bien sûr, prends soin d'elle. Jeudi 10 h te va ?"),
        Line(7, "16:12", "jo", "Oui parfait merci"),
        Line(4, "10:58", "sam", "Ta demande d'aide est déposée. Réponse sous quinze jours, je te préviens dès que j'ai des nouvelles."),
        Line(2, "17:20", "jo", "Super ! Et pour l'immersion, je dois apporter quoi le premier jour ?"),
        Line(1, "08:15", "sam", "Des chaussures fermées, un carnet, et ta curiosité 🌷 La convention signée sera chez Mme Ferrand."),
        Line(0, "06:05", "jo", "D'accord ! J'ai un peu peur mais j'ai hâte d'y être."),
    ),
    read_by_beneficiary=24,
    read_by_advisor=24,
)

OTHERS = (
    Script(
        "lou",
        (
            Line(22, "05:40", "alex", "Bonjour Lou, bienvenue ! Comment s'est passée la réunion à Saint-Denis ?"),
            Line(22, "06:15", "lou", "Bien, merci. J'aimerais passer le code avant l'été austral, c'est possible avec une aide ?"),
            Line(21, "04:30", "alex", "Oui, on regarde ensemble l'aide au permis jeudi. Pense à ton avis d'imposition."),
            Line(9, "07:20", "lou", "J'ai raté le bus, je serai en retard de vingt minutes, désolé."),
            Line(9, "07:22", "alex", "Pas de souci, je t'attends."),
            Line(3, "05:00", "alex", "Le dossier permis est complet, bravo. Tu peux t'inscrire à l'auto-école."),
        ),
        read_by_beneficiary=5,
        read_by_advisor=6,
    ),
    Script(
        "ines",
        (
            Line(25, "09:00", "sam", "Bonjour Inès, as-tu reçu la réponse de la formation d'aide-soignante ?"),
            Line(25, "18:30", "ines", "Pas encore. Ils disent fin du mois."),
            Line(10, "09:10", "ines", "Je suis prise en formation !!! Ça commence le 12 janvier."),
            Line(10, "09:32", "sam", "Félicitations Inès ! On prépare le dossier de rémunération cette semaine."),
            Line(3, "19:48", "ines", "Il me manque l'attestation de sécurité sociale, où est-ce que je la trouve ?"),
            Line(3, "19:50", "ines", "Et est-ce que je garde l'allocation pendant la formation ?"),
        ),
        read_by_beneficiary=4,
        read_by_advisor=4,
    ),
    Script(
        "mehdi",
        (
            Line(27, "08:40", "sam", "Bonjour Mehdi, l'atelier numérique a lieu mardi à 14 h, je t'ai inscrit."),
            Line(26, "21:15", "mehdi", "Merci, j'y serai."),
            Line(20, "08:05", "sam", "Tu n'étais pas à l'atelier mardi, tout va bien ?"),
            Line(13, "08:10", "sam", "Je pense à toi, Mehdi. Un mot de ta part me rassurerait, même court."),
        ),
        read_by_beneficiary=2,
        read_by_advisor=4,
        flagged=True,
    ),
    Script(
        "chloe",
        (
            Line(14, "10:00", "chloe", "Bonjour, j'ai un entretien lundi dans une boulangerie, des conseils ?"),
            Line(14, "11:20", "sam", "Super ! Goûte leurs produits avant, et prépare deux questions sur les horaires."),
            Line(11, "17:45", "chloe", "Entretien passé, ils rappellent jeudi. Merci pour l'astuce du croissant 😄"),
            Line(11, "18:02", "sam", "Je croise les doigts !"),
        ),
        read_by_beneficiary=4,
        read_by_advisor=4,
    ),
    Script(
        "theo",
        (
            Line(18, "09:15", "sam", "Théo, la mission de service civique au musée recrute encore. Intéressé ?"),
            Line(17, "22:40", "theo", "Carrément. Je postule comment ?"),
            Line(16, "08:25", "sam", "Je t'ai envoyé le lien dans tes actions. Date limite : vendredi."),
            Line(6, "12:30", "theo", "C'est envoyé, à l'instant. Un peu tard mais c'est fait."),
        ),
        read_by_beneficiary=3,
        read_by_advisor=3,
    ),
)

SCRIPTS = (JO, *OTHERS)
