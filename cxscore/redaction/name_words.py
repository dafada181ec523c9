"""Words that decide whether a word is a name."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PARTICLES = _words(
    """
    af al av ben bin da das de del della den der di do dos du e el ibn la las le los ten ter van von
    y zu zum
    """
)
"""Small words inside a name."""

NO_NAME = _words(
    """
    a abend about account admin afternoon again agent ai alexa all alle allemaal american amigo and
    anyone assistant at atención atendimento aus best bitte bonjour booking bot british buddy but
    calling card central chat cheers client cliente colleagues concern cordialement correct customer
    damen danke darling dear dia dias do dude e east ed ein eine el en english equipe equipo er est
    et evening everybody everyone folks for frau french friday friend from gentleman gentlemen
    german gold good goodbye gracias grazie great greetings gruß grüße guys happy hello here herr
    herren herrn hey hi hola i ich if ihr il in incorrect is it ja je just kunde kundendienst
    kundenservice kundin la ladies le les leute listed madam madame mate me member merci messieurs
    mine miss misspelled mistaken mitglied mon monday monsieur morgen morning mr mrs ms my name nein
    new no noche noites non north not nothing now não o obrigada obrigado of oi ok okay ola old olá
    on once order oui over platinum please por premium question really regards saludos saturday
    sehen sehr senhor senhora service servicio señor señora sie silver sim sir sirs so soporte sorry
    south spanish speaking spelled spelt still sunday supervisor suporte support sure sí tag tarde
    team thank thanks that the then there they this thursday time to today todos tomorrow tout
    tuesday und under unfortunately user very vip wait was we wednesday welcome well west what when
    where which why will with wrong y yes you your zusammen équipe beneficiary director dr drs
    growth manager marketing prof sales sra srta valued
    """
)
"""What follows "my name is", "hi" or "thanks" without being a name."""

AMBIGUOUS = _words(
    """
    al alt am an april art as at august austin bach bank bell ben berg best bill black blanc blanco
    blau braun brown by campos carolina case chad charlotte chase china christian costa cruz
    customer daisy dale dallas day de dick do don drew east el ernst error field florence flores
    ford frank freitag gene georgia glen go gold good grace grand gray green grey gross groß guest
    guy hall he heather herbst hope if in info is israel ivy jack jackson jade jordan joy june jung
    kaiser king klein kurz la lane lang large le lily lima lincoln little london long love luz
    madison major mar mark max may me minor montag my name neu nick no noir none north null ok on or
    order page paris park pat pearl petit porto price ray reis rey rich rio rob roi rojo rose rot
    roy ruby ríos santiago santos schwarz short silver sky small so sol sommer south star stark
    stein stone strong sue summer sydney test to unknown up us user valencia van victor violet
    virginia visa washington we weiß west white will winter wolf wood young
    """
)
"""First or last names that are also a word or a place: replaced within the full name only, or where
their owner is greeted, introduced or signs."""

OFFICE = _words(
    """
    admin agent anonymous assistant bot chatbot customer desk guest helpdesk none null operator
    service support system team test unknown user visitor
    """
)
"""A field or an author that says one of these names no person."""

TITLES = _words("dr drs herr herrn frau mr mrs ms miss prof sr sra srta mme mlle dipl ing")
"""Words before a name that are no part of it."""
