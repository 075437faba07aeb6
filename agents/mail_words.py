"""What mail clients write around a message, in the languages whose shops write to us: tables without logic."""

from __future__ import annotations

from typing import Final


def _words(text: str) -> tuple[str, ...]:
    """The phrases of ``text``, separated by "|" or line breaks."""
    return tuple(phrase.strip() for phrase in text.replace("\n", "|").split("|") if phrase.strip())


WROTE: Final = _words("""
wrote|writes|a écrit|a ecrit|schrieb|hat geschrieben|escribió|escribio|ha escrit|ha scritto|escreveu|schreef|skrev
skrev følgende|kirjoitti|napisał|napisała|napisał(a)|napisal|napsal|napsala|napsal(a)|napísal|napísala|yazdı
şunu yazdı|написал|написала|написал(а)|пишет|писал|написав|написала|пише|írta|ezt írta|a scris|έγραψε|写道|寫道
のメール|書きました|작성|님이 작성
""")
"""Verbs with which a client announces the quoted message: "On 5 Jan 2026, Jane <...> wrote:"."""

ORIGINAL: Final = _words("""
original message|original-nachricht|original email|original e-mail|reply message|message d'origine|message original
ursprüngliche nachricht|ursprüngliche mail|originalnachricht|mensaje original|messaggio originale|mensagem original
oorspronkelijk bericht|oorspronkelijke bericht|oprindelig besked|oprindelig meddelelse|opprinnelig melding
ursprungligt meddelande|originalmeddelande|alkuperäinen viesti|wiadomość oryginalna|oryginalna wiadomość
původní zpráva|pôvodná správa|özgün ileti|orijinal mesaj|исходное сообщение|оригинальное сообщение
вихідне повідомлення|eredeti üzenet|mesaj original|αρχικό μήνυμα|原始邮件|原始郵件|元のメッセージ|원본 메시지
reply above this line|previous message|quoted message
""")
FORWARDED: Final = _words("""
forwarded message|forwarded by|begin forwarded message|start of forwarded message|message transféré
début du message transféré|début du message réexpédié|weitergeleitete nachricht|anfang der weitergeleiteten nachricht
anfang der weitergeleiteten e-mail|mensaje reenviado|inicio del mensaje reenviado|messaggio inoltrato
inizio messaggio inoltrato|mensagem encaminhada|início da mensagem reencaminhada|doorgestuurd bericht
begin doorgestuurd bericht|videresendt besked|videresendt meddelelse|videresendt melding|vidarebefordrat meddelande
välitetty viesti|wiadomość przekazana|przekazana wiadomość|přeposlaná zpráva|preposlaná správa|iletilen mesaj
yönlendirilmiş mesaj|пересылаемое сообщение|пересланное сообщение|переслане повідомлення|továbbított üzenet
mesaj redirecționat|προωθημένο μήνυμα|转发的邮件|轉寄的郵件|転送されたメッセージ|전달된 메시지
""")
REPLY_ABOVE: Final = _words("""
please type your reply above this line|type your reply above this line|reply above this line
please reply above this line|write above this line|répondre au-dessus de cette ligne
bitte antworten sie über dieser linie|bitte oberhalb dieser linie antworten|responder por encima de esta línea
rispondi sopra questa riga|responda acima desta linha|antwoord boven deze regel
""")

FROM: Final = _words("""
from|de|von|da|van|fra|från|lähettäjä|od|kimden|gönderen|от|від|feladó|de la|από|发件人|寄件者|差出人|보낸 사람
보낸사람|expéditeur|remitente|mittente|afzender|afsender|avsändare|avsender|absender|nadawca|odesílatel|odosielateľ
""")
DATED: Final = _words("""
sent|date|envoyé|envoyé le|gesendet|gesendet am|datum|enviado|enviado el|enviado em|enviada em|fecha|inviato|data
verzonden|verzonden op|sendt|dato|skickat|lähetetty|päivämäärä|päiväys|wysłano|odesláno|odoslané|gönderildi
gönderme tarihi|tarih|отправлено|дата|надіслано|elküldve|dátum|küldve|trimis|αποστολή|ημερομηνία|στάλθηκε|发送时间
发送日期|日期|寄件日期|日時|送信日時|보낸 날짜|날짜|message du
""")
TO: Final = _words("""
to|à|a|an|para|aan|til|till|vastaanottaja|do|komu|kime|alıcı|кому|címzett|către|προς|收件人|宛先|받는 사람|받는사람
destinataire|destinatario|destinatário|empfänger|pro
""")
SUBJECT: Final = _words("""
subject|objet|sujet|betreff|asunto|assunto|oggetto|onderwerp|emne|ämne|aihe|temat|předmět|predmet|konu|тема|tárgy
subiect|θέμα|主题|主題|主旨|件名|제목
""")
OTHER_HEADERS: Final = _words("""
cc|bcc|cci|kopie|copie|copie à|kopia|kopi|копия|копія|másolat|抄送|reply-to|répondre à|antwort an|priority|importance
importância|wichtigkeit|attachments|anlagen|anhänge|pièces jointes|adjuntos|allegati|bijlagen
""")

SENT_FROM: Final = _words("""
sent from|sent via|sent using|sent with|get outlook for|get the outlook app|envoyé de|envoyé depuis|envoyé à partir de
envoyé avec|téléchargez outlook|obtenir outlook|gesendet von|von meinem|gesendet mit|diese nachricht wurde von meinem
holen sie sich outlook|outlook für|enviado desde|enviado con|obtener outlook|enviado do|enviado de|enviado pelo
enviado via|obter o outlook|obtenha o outlook|inviato da|inviato dal|scarica outlook|verzonden vanaf|verstuurd vanaf
verstuurd met|verzonden met|verzonden via|download outlook|outlook voor|sendt fra|sendt med|hent outlook|skickat från
skickades från|skaffa outlook|lähetetty|hanki outlook|wysłano z|wysłane z|pobierz outlook|odesláno z|odoslané z
stáhnout outlook|iphone'umdan gönderildi|gönderildi|отправлено с|отправлено из|скачать outlook|надіслано з|elküldve
trimis de pe|στάλθηκε από|从我的|发自我的|從我的|傳送自我的|iphoneから送信|나의 iphone에서 보냄|yahoo mail on android
yahoo mail pour
""")
"""How the line begins that a phone adds below a message."""

DEVICES: Final = _words("""
my|mein|mon|mi|mio|meu|mijn|min|moj|môj|moje|моего|我的|iphone|ipad|ipod|android|outlook|mail|gmail|gmx|web.de|yahoo
proton|samsung|galaxy|huawei|xiaomi|blackberry|windows|smartphone|handy|mobile|mobil|phone|telefon|téléphone|móvil
teléfono|telefono|cellulare|telemóvel|tablet|app|aol|spark|mailbird|superhuman|zoho|thunderbird|nokia|oneplus|pixel
motorola|wiko|sony|lg|htc|honor|oppo|realme|fairphone
""")
"""One of which stands in such a line: "Sent with DHL on Monday" is the customer's."""

CLOSINGS: Final = _words("""
best regards|kind regards|warm regards|warmest regards|kindest regards|many regards|regards|best wishes|best
all the best|many thanks|thanks|thank you|thanks again|thanks in advance|thank you in advance|thank you very much
thanks so much|thanks a lot|thanks and regards|thanks & regards|cheers|sincerely|yours sincerely|sincerely yours
yours truly|yours faithfully|respectfully|with kind regards|with best regards|cordially|love|take care|br|kr|thx|rgds
mit freundlichen grüßen|mit freundlichen grüssen|mit freundlichem gruß|freundliche grüße|freundliche grüsse
viele grüße|viele grüsse|beste grüße|liebe grüße|schöne grüße|herzliche grüße|mfg|lg|vg|gruß|grüße|danke|vielen dank
besten dank|danke und gruß|cordialement|bien cordialement|bien à vous|cdlt|bien à toi|sincères salutations|salutations
merci|merci d'avance|merci beaucoup|amicalement|saludos|un saludo|saludos cordiales|atentamente|gracias|muchas gracias
gracias de antemano|cordiali saluti|distinti saluti|saluti|grazie|grazie mille|un saluto|atenciosamente|cumprimentos
melhores cumprimentos|com os melhores cumprimentos|obrigado|obrigada|abraços|att|met vriendelijke groet
met vriendelijke groeten|vriendelijke groet|vriendelijke groeten|groet|groeten|groetjes|mvg|bedankt|alvast bedankt
dank je wel|med venlig hilsen|venlig hilsen|mvh|mange tak|tak|på forhånd tak|hilsen|med vennlig hilsen|vennlig hilsen
på forhånd takk|takk|med vänliga hälsningar|vänliga hälsningar|vänlig hälsning|hälsningar|tack|tack på förhand
ystävällisin terveisin|terveisin|kiitos|pozdrawiam|z poważaniem|dziękuję|z wyrazami szacunku|s pozdravem|děkuji|díky
s pozdravom|ďakujem|saygılarımla|teşekkürler|iyi günler|с уважением|спасибо|з повагою|дякую|üdvözlettel|tisztelettel
köszönöm|üdv|cu stimă|mulțumesc|με εκτίμηση|ευχαριστώ|此致|敬礼|谢谢|よろしくお願いします|감사합니다
""")

DISCLAIMERS: Final = _words("""
confidentiality notice|confidential notice|privileged and confidential|this e-mail and any|this email and any
this e-mail message|this email message|this message and any|this message contains|this message is intended
this e-mail is intended|this email is intended|this e-mail is confidential|this email is confidential
this communication is|the information contained in this|the information in this|the contents of this|disclaimer
please consider the environment|please think of the environment|le informazioni contenute in|questo messaggio e
ai sensi del|le informazioni trasmesse|diese e-mail enthält|diese e-mail kann|diese nachricht enthält
der inhalt dieser|ce message et|ce courriel et|ce message est|cet e-mail|les informations contenues|este mensaje
este correo|la información contenida|esta mensagem|este e-mail|as informações contidas|dit bericht|deze e-mail
de inhoud van|denne e-mail|denne mail|detta meddelande|tämä viesti|niniejsza wiadomość|wiadomość ta|tato zpráva
bu e-posta|данное сообщение
""")
CONFIDENTIAL: Final = _words("""
confidential|privileged|intended recipient|intended solely|unauthori|strictly prohibited|environment before printing
riservat|destinatari|vertraulich|empfänger|irrtümlich|confidentiel|destinataire|confidencial|destinatario|destinatário
vertrouwelijk|geadresseerde|fortrolig|konfidentiel|luottamuksellinen|poufne|důvěrn|gizli|конфиденциальн
""")
"""Parts of words of which a disclaimer has one at least."""

FOOTERS: Final = _words("""
virus-free|this email has been checked for viruses|this e-mail has been checked for viruses|virenfrei
diese e-mail wurde von avast|cet e-mail a été vérifié|sans virus|libre de virus
este correo electrónico ha sido comprobado|mail priva di virus|virusvrij|to unsubscribe|click here to unsubscribe
um sich abzumelden|pour vous désabonner|para darse de baja|you received this message because|you are receiving this
manage your subscription|view this email in your browser
""")
"""How a line of a footer begins that programs add."""

AUTO_SUBJECTS: Final = _words("""
automatic reply|automatic response|auto reply|auto-reply|autoreply|auto response|auto-response|autoresponse
out of office|out of the office|ooo:|on vacation|on annual leave|on leave:|on holiday:|away from my mail
vacation reply|vacation response|undeliverable|undelivered|delivery status notification|delivery failure
delivery has failed|mail delivery failed|mail delivery failure|mail delivery subsystem|returned mail|failure notice
message could not be delivered|message delivery failure|non remis|read receipt|read:|not read:|automatische antwort
abwesenheitsnotiz|abwesenheitsbenachrichtigung|abwesend|abwesenheit:|nicht im büro|unzustellbar|nicht zustellbar
zustellung fehlgeschlagen|lesebestätigung|réponse automatique|absence du bureau|absent du bureau|message d'absence
échec de la remise|non distribuable|accusé de lecture|respuesta automática|respuesta automatica|fuera de la oficina
no se puede entregar|error de entrega|confirmación de lectura|risposta automatica|fuori sede|fuori ufficio
non recapitabile|mancato recapito|conferma di lettura|resposta automática|resposta automatica|fora do escritório
ausência do escritório|não entregue|falha na entrega|automatisch antwoord|automatische reactie|afwezig:
afwezigheidsassistent|niet op kantoor|onbestelbaar|leesbevestiging|autosvar|automatisk svar|automatiskt svar
ikke til stede|ikke på kontoret|inte på kontoret|fraværende|fravær:|frånvaro|kan ikke leveres|kunde inte levereras
automaattinen vastaus|poissaoloviesti|poissa toimistosta|automatyczna odpowiedź|autoodpowiedź|poza biurem
nie można dostarczyć|automatická odpověď|automatická odpoveď|mimo kancelář|nedoručitelné|otomatik yanıt|ofis dışında
teslim edilemedi|автоответ|автоматический ответ|вне офиса|нет на месте|недоставленное сообщение|автоматична відповідь
automatikus válasz|irodán kívül|kézbesíthetetlen|răspuns automat|absent din birou|αυτόματη απάντηση|自动回复|自動回覆
自動返信|不在通知|부재중|자동 회신
""")
"""How the subject of a message begins that a program wrote."""

AUTO_PHRASES: Final = _words("""
this is an automatic|this is an automated|this is an auto-generated|this is an autogenerated
this is a system generated|this is a system-generated|this is an auto reply|this is an auto-reply
this message was automatically|this email was automatically|this e-mail was automatically
this message was generated automatically|this email was generated automatically|automated response
automatically generated|automatic reply:|auto-reply:|please do not reply to this|please don't reply to this
do not reply to this|i am out of the office|i'm out of the office|i am currently out of|i'm currently out of
i will be out of the office|i will be out of office|i am out of office|i am currently away from
i am away from the office|i am on vacation|i am on annual leave|i am currently on leave|i am on leave until
i'm on vacation until|i am currently on vacation|i am currently on holiday|i am on holiday until
i have limited access to|i will have limited access|thank you for your email. i am|thank you for your message. i am
thank you for contacting|we have received your email and|we have received your message and
your message has been received|your request has been received|your ticket has been created|has been assigned ticket
delivery to the following recipient|your message wasn't delivered
couldn't be delivered|could not be delivered|the following message to|delivery has failed to these|mail delivery failed
this message was created automatically
this is the mail system at host|this is the mail delivery|address couldn't be found|mailbox is full
mailbox unavailable|user unknown|recipient address rejected|this mailbox is not monitored|this inbox is not monitored
this email address is no longer|is no longer with the company|i no longer work|dies ist eine automatische
dies ist eine automatisch|diese nachricht wurde automatisch|diese e-mail wurde automatisch
bitte antworten sie nicht auf diese|ich bin derzeit nicht im büro|ich bin zurzeit nicht im büro|ich bin nicht im büro
ich bin im urlaub|ich bin bis|ich befinde mich im urlaub|ich bin ab dem|ich bin abwesend|derzeit nicht erreichbar
vielen dank für ihre e-mail. ich bin|vielen dank für ihre nachricht. ich bin|konnte nicht zugestellt werden
ceci est un message automatique|ceci est une réponse automatique|ce message est automatique
message généré automatiquement|ne pas répondre à ce|merci de ne pas répondre|je suis absent|je suis absente
je suis actuellement absent|je suis actuellement en congé|je suis en congé|je suis en vacances|je serai absent
je serai de retour|n'a pas pu être remis|este es un mensaje automático|esta es una respuesta automática
mensaje generado automáticamente|no responda a este|por favor no responda|estoy fuera de la oficina
me encuentro fuera de la oficina|estoy de vacaciones|estaré fuera de la oficina|estaré de vuelta
no se ha podido entregar|questo è un messaggio automatico|questa è una risposta automatica
messaggio generato automaticamente|non rispondere a questo|si prega di non rispondere|sono fuori ufficio
sono fuori sede|sono in ferie|sarò assente|al momento sono assente|esta é uma mensagem automática
esta é uma resposta automática|mensagem gerada automaticamente|não responda a este|por favor, não responda
estou fora do escritório|estou de férias|estarei ausente|estarei fora|dit is een automatisch
dit bericht is automatisch|deze e-mail is automatisch|niet reageren op deze|ik ben momenteel afwezig
ik ben niet op kantoor|ik ben op vakantie|ik ben afwezig|ik ben weer bereikbaar|dette er en automatisk
denne mail er automatisk|jeg er ikke på kontoret|jeg er på ferie|jeg holder ferie|detta är ett automatiskt
detta är ett autosvar|jag är inte på kontoret|jag är på semester|jag har semester|tämä on automaattinen|olen poissa
olen lomalla|to jest automatyczna|ta wiadomość została wygenerowana|jestem poza biurem|przebywam na urlopie
jestem na urlopie|toto je automatická|jsem mimo kancelář|jsem na dovolené|bu otomatik bir|ofis dışındayım|izindeyim
это автоматический|это автоматическое|я в отпуске|нахожусь в отпуске|меня нет на месте|це автоматичн|я у відпустці
ez egy automatikus|szabadságon vagyok|acesta este un mesaj automat|sunt în concediu|αυτό είναι ένα αυτόματο
此邮件由系统自动|这是自动回复|このメールは自動|本メールは自動|자동으로 발송된
""")
"""What such a message says of itself."""
