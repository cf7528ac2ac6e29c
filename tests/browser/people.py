"""Who has a part in the morning that `morning` tells, and by what rules they live."""

from typing import Any

_OFFICE = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:00-17:00")
_BERLIN = {"zone": "Europe/Berlin"} | _OFFICE
_LISBON = {"zone": "Europe/Lisbon"} | _OFFICE | {"fri": "08:00-14:00"}

AGENTS: list[dict[str, Any]] = [
    {
        "id": "ada",
        "name": "Ada Lindqvist",
        "team": "first line",
        "capacity": 8,
        "skills": {"Technical": 1.0, "Billing": 0.4},
        "languages": ["en", "de"],
        "hours": _BERLIN,
    },
    {
        "id": "bruno",
        "name": "Bruno Carvalho",
        "team": "first line",
        "capacity": 8,
        "skills": {"Billing": 1.0, "Technical": 0.3, "General": 0.6},
        "languages": ["en", "es", "pt"],
        "hours": _LISBON,
    },
    {
        "id": "marie",
        "name": "Marie Lefèvre",
        "team": "first line",
        "capacity": 6,
        "skills": {"General": 1.0, "Billing": 0.7},
        "languages": ["en", "fr"],
        "hours": _BERLIN,
    },
    {
        "id": "kofi",
        "name": "Kofi Mensah",
        "team": "key accounts",
        "capacity": 9,
        "skills": {"Technical": 0.8, "Billing": 0.8, "General": 0.8, "Legal": 0.5},
        "languages": ["en", "fr", "de", "es", "pt"],
        "hours": _BERLIN,
    },
    {
        "id": "ines",
        "name": "Inês Duarte",
        "team": "legal",
        "capacity": 4,
        "skills": {"Legal": 1.0, "General": 0.3},
        "languages": ["en", "pt", "es", "de", "fr", "it", "nl"],
        "hours": _LISBON,
    },
    {
        "id": "sam",
        "name": "Sam Whitaker",
        "team": "key accounts",
        "capacity": 6,
        "skills": {"Technical": 0.9, "General": 0.5},
        "languages": ["en"],
        "hours": _LISBON,
    },
]

CUSTOMERS: list[dict[str, str]] = [
    {"id": f"c-{number}", "name": name, "email": f"{name.split()[0].lower()}@{house}.example", "tier": tier}
    for number, (name, house, tier) in enumerate(
        [
            ("Ann Berg", "nordlicht", "gold"),
            ("Luis Ortega", "mercado", "silver"),
            ("Claire Martin", "papeterie", "standard"),
            ("Jonas Weber", "radhaus", "standard"),
            ("Mei Lin", "teahouse", "gold"),
            ("Priya Nair", "spicebox", "silver"),
            ("Omar Haddad", "souk", "standard"),
            ("Sofia Rossi", "bottega", "silver"),
            ("Tom Baker", "outdoor", "standard"),
            ("Beatriz Silva", "livraria", "standard"),
            ("Hanna Virtanen", "sauna", "gold"),
            ("Piotr Nowak", "rower", "standard"),
            ("Grace Okoro", "fabrics", "silver"),
        ],
        start=17,
    )
]

ROUTING: dict[str, Any] = {
    "rule": [
        {
            "name": "Gold customers to their team",
            "match": {"tier": "gold"},
            "team": "key accounts",
            "sla": "gold",
            "priority": 0.3,
        },
        {"name": "Lawyers and data protection", "match": {"category": "Legal"}, "team": "legal"},
    ],
    "sla": [
        {"name": "gold", "first_response": "15m", "resolution": "4h", "escalate_to": "key accounts"},
        {
            "name": "urgent",
            "match": {"urgency": {"at_least": 0.8}},
            "first_response": "1h",
            "resolution": "8h",
            "calendar": "office",
            "escalate": True,
        },
        {"name": "everything else", "match": {}, "resolution": "40h", "calendar": "office"},
    ],
    "calendars": {"office": _BERLIN},
    "alerts": {
        "route": [
            {
                "name": "Outages wake somebody",
                "kinds": ["incident_opened", "incident_grown"],
                "to": ["old-pager"],
                "goes_on": True,
            },
            {"name": "The rest", "to": "support-chat"},
        ],
        "silence": [
            {
                "name": "The warehouse is moved",
                "kinds": ["sla_due_soon", "sla_breached"],
                "match": {"tags": "warehouse"},
                "from": "2026-03-10T06:00:00Z",
                "until": "2026-03-11T06:00:00Z",
            }
        ],
    },
}

TAXONOMY: dict[str, Any] = {
    "fallback": "General",
    "review_below": 0.4,
    "category": [
        {
            "name": "Billing",
            "description": "Invoices, payments, refunds and plans.",
            "examples": [
                "The VAT on my invoice is wrong",
                "I was charged twice this month",
                "Please refund order 881",
                "Ich brauche eine Rechnung für März",
            ],
            "skills": {"Billing": 1.0},
        },
        {
            "name": "Technical",
            "description": "What does not work as it should.",
            "examples": [
                "The app crashes when I export a report",
                "I cannot sign in since the update",
                "The page answers with error 502",
                "La synchronisation ne marche plus",
            ],
            "skills": {"Technical": 1.0},
        },
        {
            "name": "Legal",
            "description": "Contracts, data protection, and whoever has a lawyer.",
            "examples": [
                "Under article 15 GDPR I ask for a copy of my data",
                "My lawyer will contact you about this contract",
                "Delete all personal data you hold about me",
            ],
            "skills": {"Legal": 1.0},
        },
        {
            "name": "General",
            "description": "Questions about how things are done, praise, and the rest.",
            "examples": ["How do I change my password?", "Great product, keep going", "What are your opening hours?"],
            "skills": {"General": 1.0},
        },
        {
            "name": "Delivery",
            "description": "Where a parcel is, and what happened to it on its way.",
            "examples": [
                "My parcel was due on Monday and still isn't here",
                "Tracking says delivered but there is nothing at the door",
                "Das Paket liegt seit einer Woche im Verteilzentrum",
            ],
            "sla": {"first_response_minutes": 60, "resolution_minutes": 1440},
            "skills": {"General": 0.6},
        },
    ],
}

_DELIVERY = TAXONOMY["category"][-1]
CHANGED_TAXONOMY = TAXONOMY | {
    "category": [
        *TAXONOMY["category"][:-1],
        _DELIVERY | {"examples": [*_DELIVERY["examples"], "The driver left it with a neighbour I don't know"]},
    ]
}
