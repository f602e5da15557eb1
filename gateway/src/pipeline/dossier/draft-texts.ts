import type { RuleKind, Severity } from "#domain/case/case.ts";
import type { Language } from "#pipeline/wording/moment.ts";

/** What is known of a case when its owner is written to; all of it in one line each. */
export interface DraftFacts {
  /** Title of the product, e.g. `Espresso Pro`. */
  readonly product: string;
  readonly serial: string;
  /** "" = not known. */
  readonly place: string;
  /** The rule's title, as it is written there. */
  readonly title: string;
  /** Moment of the onset, in the owner's language. */
  readonly since: string;
  /** Moment from which readings are normal again; "" = not known. */
  readonly normalSince: string;
  /** Day by which the owner hears again, in the owner's language; "" = nothing is promised. */
  readonly by: string;
}

/** The frame of a message to an owner: every sentence that the rule does not give. */
export interface DraftTexts {
  readonly language: string;
  readonly subject: (facts: DraftFacts) => string;
  readonly greeting: string;
  /** What we saw on their device. Misuse is told neutrally, without a reproach; underuse as an offer. */
  readonly saw: Readonly<Record<RuleKind, (facts: DraftFacts) => string>>;
  readonly means: Readonly<Record<RuleKind, Readonly<Record<Severity, string>>>>;
  /** What was done from afar: worked, did not do, nothing was tried. */
  readonly did: {
    readonly worked: string;
    readonly failed: string;
    readonly nothing: Readonly<Record<RuleKind, string>>;
  };
  readonly doNothing: string;
  readonly hearBy: (by: string) => string;
  readonly hear: Readonly<Record<Severity, string>>;
  readonly genuine: string;
  readonly solved: (facts: DraftFacts) => string;
  readonly solvedEnd: string;
  readonly regards: string;
  readonly signature: string;
}

/** The same sentence for each severity, but the worst. */
const unlessSafety = (text: string, safety: string): Readonly<Record<Severity, string>> => ({
  normal: text,
  urgent: text,
  safety,
});

const EN: DraftTexts = {
  language: "English",
  subject: ({ product, serial }) => `About your ${product}, serial number ${serial}`,
  greeting: "Good day,",
  saw: {
    fault: (f) =>
      `Your ${f.product} (serial number ${f.serial}${inPlace(f)}) has shown something that we want to look into: "${f.title}". It began on ${f.since}.`,
    misuse: (f) =>
      `We look after your ${f.product} (serial number ${f.serial}${inPlace(f)}) and noticed something on ${f.since} that is easily put right.`,
    underuse: (f) =>
      `We look after your ${f.product} (serial number ${f.serial}${inPlace(f)}) and would like you to get the most out of it. It seems that there is room for that.`,
  },
  means: {
    fault: {
      normal: "It is not urgent, and nothing points to a danger.",
      urgent: "It may get worse if nothing is done, so we do not want to wait.",
      safety: "Please do not use the device until we have spoken with you.",
    },
    misuse: unlessSafety(
      "Nothing is broken. A small change keeps the device working well for longer.",
      "Please do not use the device until we have spoken with you.",
    ),
    underuse: unlessSafety(
      "Nothing is broken as far as we can see.",
      "Please do not use the device until we have spoken with you.",
    ),
  },
  did: {
    worked: "We have already put it right from here, and are watching whether it lasts.",
    failed:
      "We tried to put it right from here. That was not enough, so a colleague of ours takes over.",
    nothing: {
      fault: "A colleague of ours looks at it and gets in touch with you.",
      misuse: "We are glad to show you how; a colleague of ours gets in touch with you.",
      underuse: "We are glad to help; a colleague of ours gets in touch with you.",
    },
  },
  doNothing: "You need do nothing for now.",
  hearBy: (by) => `You hear from us again by ${by}.`,
  hear: {
    normal: "You hear from us again within a week.",
    urgent: "You hear from us again by the next working day.",
    safety: "You hear from us today.",
  },
  genuine:
    "How you know that this message is ours: it names the serial number of your device. We never ask you to log in by a link or to tell a password. If in doubt, call the number on your contract.",
  solved: (f) =>
    `Good news about your ${f.product} (serial number ${f.serial}${inPlace(f)}): what we saw on ${f.since} ("${f.title}") is solved.${f.normalSince === "" ? "" : ` Its readings are normal since ${f.normalSince}.`}`,
  solvedEnd: "You need do nothing. If you notice anything, call the number on your contract.",
  regards: "Kind regards,",
  signature: "Your service team",
};

const NL: DraftTexts = {
  language: "Dutch",
  subject: ({ product, serial }) => `Over uw ${product}, serienummer ${serial}`,
  greeting: "Goedendag,",
  saw: {
    fault: (f) =>
      `Uw ${f.product} (serienummer ${f.serial}${inPlace(f)}) heeft iets laten zien waar wij naar willen kijken: "${f.title}". Het begon op ${f.since}.`,
    misuse: (f) =>
      `Wij houden een oogje op uw ${f.product} (serienummer ${f.serial}${inPlace(f)}) en zagen op ${f.since} iets dat makkelijk te verhelpen is.`,
    underuse: (f) =>
      `Wij houden een oogje op uw ${f.product} (serienummer ${f.serial}${inPlace(f)}) en willen graag dat u er alles uit haalt. Het lijkt erop dat er meer in zit.`,
  },
  means: {
    fault: {
      normal: "Het heeft geen haast en niets wijst op gevaar.",
      urgent: "Het kan erger worden als er niets gebeurt, daarom willen wij niet wachten.",
      safety: "Gebruik het apparaat alstublieft niet tot wij u gesproken hebben.",
    },
    misuse: unlessSafety(
      "Er is niets kapot. Met een kleine verandering blijft het apparaat langer goed werken.",
      "Gebruik het apparaat alstublieft niet tot wij u gesproken hebben.",
    ),
    underuse: unlessSafety(
      "Voor zover wij kunnen zien is er niets kapot.",
      "Gebruik het apparaat alstublieft niet tot wij u gesproken hebben.",
    ),
  },
  did: {
    worked: "Wij hebben het al op afstand verholpen en kijken of het zo blijft.",
    failed:
      "Wij hebben geprobeerd het op afstand te verhelpen. Dat was niet genoeg; een collega neemt het over.",
    nothing: {
      fault: "Een collega bekijkt het en neemt contact met u op.",
      misuse: "Wij laten u graag zien hoe; een collega neemt contact met u op.",
      underuse: "Wij helpen u graag; een collega neemt contact met u op.",
    },
  },
  doNothing: "U hoeft nu niets te doen.",
  hearBy: (by) => `U hoort uiterlijk ${by} weer van ons.`,
  hear: {
    normal: "U hoort binnen een week weer van ons.",
    urgent: "U hoort uiterlijk de volgende werkdag weer van ons.",
    safety: "U hoort vandaag nog van ons.",
  },
  genuine:
    "Zo weet u dat dit bericht van ons is: het noemt het serienummer van uw apparaat. Wij vragen u nooit om via een link in te loggen of een wachtwoord te noemen. Twijfelt u, bel dan het nummer in uw contract.",
  solved: (f) =>
    `Goed nieuws over uw ${f.product} (serienummer ${f.serial}${inPlace(f)}): wat wij op ${f.since} zagen ("${f.title}") is verholpen.${f.normalSince === "" ? "" : ` De meetwaarden zijn sinds ${f.normalSince} weer normaal.`}`,
  solvedEnd: "U hoeft niets te doen. Merkt u toch iets, bel dan het nummer in uw contract.",
  regards: "Met vriendelijke groet,",
  signature: "Uw serviceteam",
};

const DE: DraftTexts = {
  language: "German",
  subject: ({ product, serial }) => `Zu Ihrem Gerät ${product}, Seriennummer ${serial}`,
  greeting: "Guten Tag,",
  saw: {
    fault: (f) =>
      `Ihr Gerät ${f.product} (Seriennummer ${f.serial}${inPlace(f)}) hat etwas gezeigt, dem wir nachgehen möchten: „${f.title}“. Es begann am ${f.since}.`,
    misuse: (f) =>
      `Wir betreuen Ihr Gerät ${f.product} (Seriennummer ${f.serial}${inPlace(f)}) und haben am ${f.since} etwas bemerkt, das sich leicht beheben lässt.`,
    underuse: (f) =>
      `Wir betreuen Ihr Gerät ${f.product} (Seriennummer ${f.serial}${inPlace(f)}) und möchten, dass Sie viel davon haben. Es scheint, dass noch mehr möglich ist.`,
  },
  means: {
    fault: {
      normal: "Es eilt nicht, und nichts deutet auf eine Gefahr hin.",
      urgent: "Es kann schlimmer werden, wenn nichts geschieht; deshalb möchten wir nicht warten.",
      safety: "Bitte benutzen Sie das Gerät nicht, bis wir mit Ihnen gesprochen haben.",
    },
    misuse: unlessSafety(
      "Es ist nichts kaputt. Eine kleine Änderung hält das Gerät länger in gutem Zustand.",
      "Bitte benutzen Sie das Gerät nicht, bis wir mit Ihnen gesprochen haben.",
    ),
    underuse: unlessSafety(
      "Soweit wir sehen können, ist nichts kaputt.",
      "Bitte benutzen Sie das Gerät nicht, bis wir mit Ihnen gesprochen haben.",
    ),
  },
  did: {
    worked: "Wir haben es bereits von hier aus behoben und beobachten, ob es so bleibt.",
    failed:
      "Wir haben versucht, es von hier aus zu beheben. Das hat nicht gereicht; jemand aus unserem Team übernimmt.",
    nothing: {
      fault: "Jemand aus unserem Team sieht es sich an und meldet sich bei Ihnen.",
      misuse: "Wir zeigen Ihnen gern, wie es geht; jemand aus unserem Team meldet sich bei Ihnen.",
      underuse: "Wir helfen Ihnen gern; jemand aus unserem Team meldet sich bei Ihnen.",
    },
  },
  doNothing: "Sie brauchen im Moment nichts zu tun.",
  hearBy: (by) => `Sie hören spätestens am ${by} wieder von uns.`,
  hear: {
    normal: "Sie hören innerhalb einer Woche wieder von uns.",
    urgent: "Sie hören spätestens am nächsten Werktag wieder von uns.",
    safety: "Sie hören heute noch von uns.",
  },
  genuine:
    "So erkennen Sie, dass diese Nachricht von uns ist: Sie nennt die Seriennummer Ihres Geräts. Wir bitten Sie nie, sich über einen Link anzumelden oder ein Passwort zu nennen. Im Zweifel rufen Sie die Nummer in Ihrem Vertrag an.",
  solved: (f) =>
    `Gute Nachrichten zu Ihrem Gerät ${f.product} (Seriennummer ${f.serial}${inPlace(f)}): Was wir am ${f.since} gesehen haben („${f.title}“), ist behoben.${f.normalSince === "" ? "" : ` Die Messwerte sind seit ${f.normalSince} wieder normal.`}`,
  solvedEnd:
    "Sie brauchen nichts zu tun. Falls Ihnen doch etwas auffällt, rufen Sie die Nummer in Ihrem Vertrag an.",
  regards: "Mit freundlichen Grüßen",
  signature: "Ihr Serviceteam",
};

const FR: DraftTexts = {
  language: "French",
  subject: ({ product, serial }) => `Votre ${product}, numéro de série ${serial}`,
  greeting: "Bonjour,",
  saw: {
    fault: (f) =>
      `Votre ${f.product} (numéro de série ${f.serial}${inPlace(f)}) a signalé quelque chose que nous souhaitons examiner : « ${f.title} ». Cela a commencé le ${f.since}.`,
    misuse: (f) =>
      `Nous suivons votre ${f.product} (numéro de série ${f.serial}${inPlace(f)}) et avons remarqué le ${f.since} un point facile à corriger.`,
    underuse: (f) =>
      `Nous suivons votre ${f.product} (numéro de série ${f.serial}${inPlace(f)}) et aimerions que vous en profitiez pleinement. Il semble qu'il puisse vous apporter davantage.`,
  },
  means: {
    fault: {
      normal: "Ce n'est pas urgent et rien n'indique un danger.",
      urgent: "Cela peut s'aggraver si rien n'est fait ; nous préférons donc ne pas attendre.",
      safety: "Merci de ne pas utiliser l'appareil avant que nous vous ayons parlé.",
    },
    misuse: unlessSafety(
      "Rien n'est cassé. Un petit changement permet à l'appareil de bien fonctionner plus longtemps.",
      "Merci de ne pas utiliser l'appareil avant que nous vous ayons parlé.",
    ),
    underuse: unlessSafety(
      "Pour autant que nous puissions le voir, rien n'est cassé.",
      "Merci de ne pas utiliser l'appareil avant que nous vous ayons parlé.",
    ),
  },
  did: {
    worked: "Nous l'avons déjà corrigé à distance et vérifions que cela dure.",
    failed:
      "Nous avons essayé de le corriger à distance. Cela n'a pas suffi ; un collègue prend le relais.",
    nothing: {
      fault: "Un collègue l'examine et prend contact avec vous.",
      misuse: "Nous vous montrons volontiers comment faire ; un collègue prend contact avec vous.",
      underuse: "Nous vous aidons volontiers ; un collègue prend contact avec vous.",
    },
  },
  doNothing: "Vous n'avez rien à faire pour le moment.",
  hearBy: (by) => `Vous aurez de nos nouvelles au plus tard le ${by}.`,
  hear: {
    normal: "Vous aurez de nos nouvelles d'ici une semaine.",
    urgent: "Vous aurez de nos nouvelles au plus tard le prochain jour ouvrable.",
    safety: "Vous aurez de nos nouvelles aujourd'hui.",
  },
  genuine:
    "Comment savoir que ce message vient de nous : il cite le numéro de série de votre appareil. Nous ne vous demandons jamais de vous connecter par un lien ni de donner un mot de passe. En cas de doute, appelez le numéro qui figure dans votre contrat.",
  solved: (f) =>
    `Bonne nouvelle pour votre ${f.product} (numéro de série ${f.serial}${inPlace(f)}) : ce que nous avons vu le ${f.since} (« ${f.title} ») est résolu.${f.normalSince === "" ? "" : ` Ses mesures sont normales depuis le ${f.normalSince}.`}`,
  solvedEnd:
    "Vous n'avez rien à faire. Si vous remarquez quelque chose, appelez le numéro qui figure dans votre contrat.",
  regards: "Cordialement,",
  signature: "Votre équipe de service",
};

/** `, Utrecht`: places are names, the same in every language. */
function inPlace({ place }: DraftFacts): string {
  return place === "" ? "" : `, ${place}`;
}

export const DRAFT_TEXTS: Readonly<Record<Language, DraftTexts>> = {
  nl: NL,
  de: DE,
  fr: FR,
  en: EN,
};
