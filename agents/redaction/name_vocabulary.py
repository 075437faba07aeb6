"""Words that decide what a capitalised or lone word is, where no list of names can."""

from __future__ import annotations

from typing import Final

from agents.redaction.words import word_set

NO_NAMES: Final = word_set("""
monday tuesday wednesday thursday friday saturday sunday january february march april may june july august september
october november december english french german spanish italian dutch american british canadian chinese japanese
tel cvv cvc cvn csc iban bic swift dni nif nie cpf upc ean isbn gtin asin sku edit id ssn dob pin otp eta asap faq vat
imei mrp mr mrs ms miss mx dr prof sir madam christmas easter thanksgiving halloween valentine valentines hanukkah
diwali ramadan bot user agent customer operator admin support seller buyer mum
mom dad mother father grandma god jesus lord internet english usd eur gbp
""")

PLACES_AND_BRANDS: Final = word_set("""
africa america asia australia austria belgium berlin boston brazil britain brooklyn california canada carolina chelsea
chicago china colorado columbia dakota dallas delhi denmark denver dublin england europe finland florence florida france
geneva georgia germany greece hawaii houston hungary iceland idaho illinois india indiana iowa ireland israel italy
jackson japan jersey kansas kentucky kenya korea lincoln london louisiana madison madrid maine malta manchester maryland
massachusetts mexico miami michigan milan minnesota mississippi missouri montana moscow munich nebraska netherlands
nevada norway ohio oklahoma oregon orlando oxford pakistan paris pennsylvania philadelphia phoenix poland portugal
queensland rome russia scotland seattle spain sweden switzerland sydney tennessee texas tokyo toronto turkey ukraine
utah vancouver vermont vienna virginia wales washington wisconsin wyoming york zealand zurich kolkata mumbai chennai
bangalore hyderabad austin
adidas affirm afterpay airbnb alexa amazon amex android anker apple armani asics asos asus audi bmw bosch braun burberry
canon cartier chanel chase citibank clarks coach costco converse crocs dell delonghi dewalt dhl diesel dior discord
disney dolce dove dpd dyson ebay epson etsy evri facebook fedex fender ford fossil garmin gap gibson gillette givenchy
gmail google gopro gucci guess heinz hermes hilfiger hisense honda hotmail hugo hyundai ikea instagram intel jaguar jbl
kenwood kia kindle kitchenaid klarna klein kleenex kodak lacoste lancome lauren lego lenovo levi levis lexus lg logitech
loreal lululemon macbook makita mastercard mattel maytag mazda mercedes microsoft miele minecraft motorola nespresso
netflix nikon nike nintendo nissan nivea nokia oculus oneplus oppo oral outlook panasonic patagonia paypal pentax
philips pinterest pixel playstation porsche prada puma ralph rayban razer realme reebok revlon roku rolex rowenta
samsung sandisk seiko sephora shein shopify siemens siri skechers skype snapchat sonos sony spotify steam stripe subaru
supreme swarovski target tefal telegram temu tesla tiffany tiktok timberland tommy toshiba toyota trello trustpilot
twitter uber ugg uniqlo ups usps vans venmo versace victoria visa volkswagen volvo walmart whatsapp whirlpool wilson
windows xbox xiaomi yahoo yamaha youtube zara zelle zoom
""")
"""What is capitalised in shop tickets and is also somebody's name, or in no dictionary. A shop adds its own."""

BRANDED: Final = frozenset(
    phrase.strip()
    for phrase in """
calvin klein, yves saint laurent, saint laurent, michael kors, tommy hilfiger, ralph lauren, hugo boss, kate spade,
karl lagerfeld, tory burch, jo malone, charlotte tilbury, bobbi brown, estee lauder, elizabeth arden, marc jacobs,
vera bradley, vera wang, paul smith, ted baker, stella mccartney, alexander mcqueen, jimmy choo, steve madden,
cole haan, kurt geiger, laura ashley, cath kidston, johnnie walker, johnny walker, jack daniels, jim beam,
harry potter, hello kitty, peter rabbit, michael jordan, air jordan, chuck taylor, stan smith, tom ford, helly hansen,
eddie bauer, jack wolfskin, paul mitchell, max mara, louis vuitton, miu miu, betty crocker, sarah lee, sara lee,
john deere, black decker, harley davidson, harley-davidson, philipp plein, carolina herrera, oscar de la renta
""".replace("\n", " ").split(",")
)
"""What is a brand or an invention although it reads like somebody's name; a shop adds its own."""

PEOPLE_BEFORE: Final = word_set("""
by says said named called him her and hello hi hey dear ask asked tell told thanks thank with spoke cheers regards
sincerely am i'm im mr mrs ms miss dr prof sir madam husband wife son daughter brother sister friend mother father mom
mum dad recipient customer buyer cardholder addressee payee sender owner consignee contact uncle aunt cousin colleague
neighbour neighbor partner assistant agent manager representative rep producer attn attention
""")

DONE_BY_PEOPLE: Final = word_set("""
began said says told called wrote writes asked asks ordered orders bought paid received sent works lives needs wants
signed is was has had will would can could did does went came lived likes liked loves loved thinks thought worked wanted
needed gave took got married died forgot tried complained replied answered emailed here received sent moved paid
""")

COLOURS: Final = word_set("""
amber ruby jade olive hazel violet rose ivory scarlet sienna indigo coral crystal pearl silver gold sage lavender ginger
jasmine saffron sapphire emerald cherry ebony raven sable umber auburn clementine mint cobalt opal topaz onyx garnet
sandy ash aqua azure celeste heather iris lilac poppy daisy lily blanca bianca brown green black white gray grey blue
""")
"""Names that are colours of things first."""

THINGS_BEFORE: Final = word_set("""
the a an my your our their his its this that these those some any every each no new old another in at of on via using
use used wear buy buying bought love like size colour color brand model called la le el il der die das den ein eine un
une
""")
"""What stands before a product, a firm or a town rather than before a person."""

FILLERS: Final = word_set("""
my is its it's it this the and name names i am i'm im yes no ok okay sure please thanks thank you ty mr mrs ms dr here
number numbers nr id code account card last four digits first full user to for of a order phone zip pin pincode sir
mam maam madam hi hello hey from in with are ssn password company contact sorry yeah yep yup good morning afternoon
evening jan feb mar apr may jun jul aug sep sept oct nov dec mon tue wed thu fri sat sun s t recipient customer buyer
cardholder attn bestellnummer auftragsnummer kundennummer rechnungsnummer sendungsnummer telefonnummer username nino
insta bonjour hallo
""")

ARTICLES: Final = frozenset(("the", "a", "an"))
NO_NOUNS: Final = (
    DONE_BY_PEOPLE
    | FILLERS
    | word_set("""
who whom whose that which what when where why how from with and but you she they his her their there about because
into onto over under after before until since than then just also still never always here answering helping speaking
calling working guy girl lady woman man person agent rep family household lives living
""")
)
"""What stands behind somebody's name: "the Anna who called"."""

CHAT_WORDS: Final = word_set("""
hii hiii hlo hlw helo hellow heyy hai hy yo sup thx thnx thnks thanx tnx tq tysm ty tyvm pls plz plss plzz kk okk okie
okey okies oky yess yesss yep yup yeah yea yah yeh nope nah noo nooo lol lmao omg wtf btw idk imo fyi asap brb rn u ur
r ya gonna wanna gotta dunno cuz coz bcoz tho thru wat wot wut wen whr wher hw hru np nvm smh ikr cya gud gm gn mrng
morng gudmrng bro sis dude ma'am mam maam sir hmm hmmm hm uhm umm um uh huh ah aha ahh oh ohh ooh oops ouch ugh argh eh
haha hahaha hehe hihi lmk dm pm cod otp emi sku upc faq info infos app apps url wifi usb pdf jpg png id ids qty pcs ltd
inc llc gmbh dont cant wont didnt doesnt isnt wasnt havent hasnt couldnt wouldnt shouldnt arent wheres whats thats hows
ive youre theyre im il itz itll recieved recieve delievery delivry adress tracing cancle cancell refnd retun retrun
""")
