"""Which country a well-known place lies in: countries by their usual names, and their largest cities."""

import re
import unicodedata

# A name that several places bear stands for the one that is much the largest; others (Georgetown) are left out.
_PLACES = {
    "Argentina": "argentina; buenos aires; rosario; mendoza",
    "Australia": "australia; sydney; melbourne; brisbane; perth; adelaide; canberra; hobart",
    "Austria": "austria; osterreich; vienna; wien; graz; linz; salzburg; innsbruck",
    "Bangladesh": "bangladesh; dhaka; chittagong",
    "Belgium": "belgium; belgique; belgie; brussels; bruxelles; antwerp; antwerpen; ghent; gent; liege",
    "Brazil": "brazil; brasil; sao paulo; rio de janeiro; brasilia; belo horizonte; curitiba; recife; porto alegre",
    "Bulgaria": "bulgaria; sofia; plovdiv; varna",
    "Canada": "canada; toronto; montreal; vancouver; calgary; ottawa; edmonton; winnipeg",
    "Chile": "chile; valparaiso; antofagasta",
    "China": "china; beijing; shanghai; guangzhou; shenzhen; chengdu; wuhan; tianjin; hangzhou; nanjing; xian",
    "Colombia": "colombia; bogota; medellin; cali; barranquilla",
    "Croatia": "croatia; hrvatska; zagreb; dubrovnik; rijeka",
    "Czechia": "czechia; czech republic; cesko; prague; praha; brno; ostrava; plzen",
    "Denmark": "denmark; danmark; copenhagen; kobenhavn; aarhus; odense; aalborg",
    "Egypt": "egypt; cairo; giza",
    "Estonia": "estonia; eesti; tallinn; tartu",
    "Finland": "finland; suomi; helsinki; espoo; tampere; turku; oulu",
    "France": "france; paris; marseille; lyon; toulouse; nice; nantes; strasbourg; bordeaux; lille; rennes; grenoble",
    "Germany": "germany; deutschland; berlin; hamburg; munich; munchen; muenchen; cologne; koln; koeln; dusseldorf; "
    "duesseldorf; stuttgart; leipzig; dresden; hannover; hanover; nuremberg; nurnberg; dortmund; essen; bremen; bonn",
    "Greece": "greece; athens; thessaloniki; patras",
    "Hungary": "hungary; magyarorszag; budapest; debrecen; szeged",
    "India": "india; mumbai; delhi; new delhi; bangalore; bengaluru; chennai; kolkata; hyderabad; pune; ahmedabad",
    "Indonesia": "indonesia; jakarta; surabaya; bandung",
    "Ireland": "ireland; eire; dublin; cork; galway; limerick",
    "Israel": "israel; tel aviv; haifa",
    "Italy": "italy; italia; rome; roma; milan; milano; naples; napoli; turin; torino; palermo; genoa; genova; "
    "bologna; florence; firenze; venice; venezia; verona",
    "Japan": "japan; nippon; tokyo; osaka; kyoto; yokohama; nagoya; sapporo; fukuoka; kobe",
    "Kenya": "kenya; nairobi; mombasa",
    "Latvia": "latvia; latvija; riga",
    "Lithuania": "lithuania; lietuva; vilnius; kaunas",
    "Mexico": "mexico; mexico city; ciudad de mexico; guadalajara; monterrey; puebla; tijuana",
    "Netherlands": "netherlands; the netherlands; nederland; amsterdam; rotterdam; the hague; den haag; utrecht; "
    "eindhoven; groningen",
    "New Zealand": "new zealand; auckland; wellington; christchurch",
    "Nigeria": "nigeria; lagos; abuja; kano; ibadan",
    "Norway": "norway; norge; oslo; bergen; trondheim; stavanger",
    "Pakistan": "pakistan; karachi; lahore; islamabad; rawalpindi",
    "Peru": "peru; arequipa; cusco",
    "Philippines": "philippines; manila; quezon city; davao",
    "Poland": "poland; polska; warsaw; warszawa; krakow; cracow; lodz; wroclaw; poznan; gdansk; szczecin; "
    "katowice; lublin",
    "Portugal": "portugal; lisbon; lisboa; porto; coimbra; braga",
    "Romania": "romania; bucharest; bucuresti; cluj-napoca; timisoara; iasi",
    "Russia": "russia; moscow; moskva; saint petersburg; novosibirsk; yekaterinburg; kazan",
    "Saudi Arabia": "saudi arabia; riyadh; jeddah",
    "Serbia": "serbia; srbija; belgrade; beograd; novi sad",
    "Singapore": "singapore",
    "Slovakia": "slovakia; slovensko; bratislava; kosice",
    "Slovenia": "slovenia; slovenija; ljubljana; maribor",
    "South Africa": "south africa; johannesburg; cape town; durban; pretoria",
    "South Korea": "south korea; korea; seoul; busan; incheon; daegu",
    "Spain": "spain; espana; madrid; barcelona; sevilla; seville; zaragoza; malaga; bilbao",
    "Sweden": "sweden; sverige; stockholm; gothenburg; goteborg; malmo; uppsala",
    "Switzerland": "switzerland; schweiz; suisse; svizzera; zurich; zuerich; geneva; geneve; basel; bern; lausanne",
    "Taiwan": "taiwan; taipei; kaohsiung",
    "Thailand": "thailand; bangkok; chiang mai",
    "Turkey": "turkey; turkiye; istanbul; ankara; izmir; antalya",
    "Ukraine": "ukraine; kyiv; kiev; kharkiv; odesa; lviv",
    "United Arab Emirates": "united arab emirates; uae; dubai; abu dhabi; sharjah",
    "United Kingdom": "united kingdom; uk; great britain; england; scotland; wales; london; manchester; liverpool; "
    "leeds; glasgow; edinburgh; bristol; sheffield; cardiff; belfast; oxford",
    "United States": "united states; united states of america; usa; u.s.a.; us; u.s.; new york; new york city; "
    "los angeles; chicago; houston; phoenix; philadelphia; san antonio; san diego; dallas; san francisco; seattle; "
    "denver; boston; detroit; miami; atlanta; las vegas; washington dc; california; texas; florida; illinois; ohio",
    "Vietnam": "vietnam; viet nam; hanoi; ho chi minh city; saigon; da nang",
}
# What NFKD leaves alone.
_FOLD = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "\u0131": "i", "ß": "ss"})
_MARKS = re.compile(r"[\u0300-\u036f]")


def country_of(text: str) -> str | None:
    """Return the country that a place lies in, or the last part of an address: not all Londons are England's."""
    return _COUNTRIES.get(_folded(text.rpartition(",")[2]))


def _folded(text: str) -> str:
    return _MARKS.sub("", unicodedata.normalize("NFKD", text.strip().lower().translate(_FOLD)))


_COUNTRIES = {name: country for country, names in _PLACES.items() for name in names.split("; ")}
