"""API keys, tokens and private keys, by the forms their issuers gave them, and by a word before them."""

from classifier.entities import Entity
from classifier.recognizers.base import LEFT, NUL, PatternRecognizer

# One line an issuer.
_ISSUED = (
    r"(?:AKIA|ASIA|AROA|ABIA|ACCA)[0-9A-Z]{16}",  # Amazon
    r"gh[pousr]_[0-9A-Za-z]{20,}|github_pat_[0-9A-Za-z_]{20,}",  # GitHub
    r"gl(?:pat|dt|rt|cbt|ptt|ft|soat|agent|oas)-[0-9A-Za-z_-]{20,}",  # GitLab
    r"[sr]k_(?:live|test)_[0-9A-Za-z]{10,}|whsec_[0-9A-Za-z+/=]{20,}",  # Stripe
    r"sk-[0-9A-Za-z_-]{20,}",  # OpenAI, Anthropic, DeepSeek, OpenRouter
    r"xox[abeoprs]-[0-9A-Za-z-]{10,}|xapp-[0-9A-Za-z-]{20,}",  # Slack
    r"AIza[0-9A-Za-z_-]{35}|ya29\.[0-9A-Za-z_-]{20,}|GOCSPX-[0-9A-Za-z_-]{20,}",  # Google
    r"SG\.[0-9A-Za-z_-]{16,32}\.[0-9A-Za-z_-]{16,}",  # SendGrid
    r"key-[0-9a-f]{32}",  # Mailgun
    r"[0-9a-f]{32}-us\d{1,2}",  # Mailchimp
    r"(?:SK|AC)[0-9a-f]{32}",  # Twilio
    r"(?:sq0(?:atp|csp|idp)-|EAAA)[0-9A-Za-z_-]{20,}",  # Square
    r"shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}",  # Shopify
    r"npm_[0-9A-Za-z]{36}|pypi-AgEI[0-9A-Za-z_-]{20,}|rubygems_[0-9a-f]{48}",  # package indexes
    r"dckr_(?:pat|oat)_[0-9A-Za-z_-]{20,}",  # Docker
    r"hf_[0-9A-Za-z]{20,}|r8_[0-9A-Za-z]{20,}|gsk_[0-9A-Za-z]{20,}",  # model hosts
    r"xai-[0-9A-Za-z]{20,}|pplx-[0-9A-Za-z]{20,}",  # model hosts
    r"do[opr]_v1_[0-9a-f]{64}",  # DigitalOcean
    r"HRKU-[0-9A-Za-z_-]{20,}",  # Heroku
    r"lin_(?:api|oauth)_[0-9A-Za-z]{20,}",  # Linear
    r"ntn_[0-9A-Za-z]{20,}|secret_[0-9A-Za-z]{43}",  # Notion
    r"ATATT3[0-9A-Za-z_=-]{20,}|ATCTT3[0-9A-Za-z_=-]{20,}",  # Atlassian
    r"sl\.[0-9A-Za-z_-]{20,}",  # Dropbox
    r"EAA[0-9A-Za-z]{20,}",  # Facebook
    r"\d{8,10}:AA[0-9A-Za-z_-]{32,34}",  # Telegram
    r"[MNO][0-9A-Za-z_-]{23,27}\.[0-9A-Za-z_-]{6}\.[0-9A-Za-z_-]{27,40}",  # Discord
    r"dapi[0-9a-f]{32}(?:-\d)?",  # Databricks
    r"NRAK-[0-9A-Z]{27}|NRJS-[0-9a-f]{19}",  # New Relic
    r"gl(?:c|sa)_[0-9A-Za-z_=+/]{20,}",  # Grafana
    r"sntry[su]_[0-9A-Za-z_=+/]{20,}",  # Sentry
    r"dp\.(?:pt|st|ct|sa)\.[0-9A-Za-z._-]{20,}",  # Doppler
    r"hv[sbr]\.[0-9A-Za-z_-]{20,}",  # HashiCorp Vault
    r"[0-9A-Za-z]{14}\.atlasv1\.[0-9A-Za-z_=-]{20,}",  # Terraform
    r"pscale_(?:tkn|oauth|pw)_[0-9A-Za-z_.=-]{20,}",  # PlanetScale
    r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}",  # Postman
    r"sbp_[0-9a-f]{40}|sb_secret_[0-9A-Za-z_-]{20,}",  # Supabase
    r"figd_[0-9A-Za-z_-]{20,}",  # Figma
    r"pat[0-9A-Za-z]{14}\.[0-9a-f]{64}",  # Airtable
    r"AGE-SECRET-KEY-1[0-9A-Z]{58}",  # age
    r"access_token\$production\$[0-9a-z]{16}\$[0-9a-f]{32}",  # PayPal
    r"FLWSECK(?:_TEST)?-[0-9a-zA-Z-]{20,}",  # Flutterwave
    r"eyJ[0-9A-Za-z_-]{5,}\.[0-9A-Za-z_-]{5,}\.[0-9A-Za-z_-]*",  # JWT
)
_HOOK = (
    r"(hooks\.slack\.com/(?:services|workflows)/[0-9A-Za-z/_-]{20,}|"
    r"discord(?:app)?\.com/api/webhooks/\d+/[0-9A-Za-z_-]{20,})"
)
_AZURE = r"(?i:AccountKey|SharedAccessKey)=([0-9A-Za-z+/]{20,}={0,2})"
_PEM = (
    r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY(?: BLOCK)?-----[^-\x00]*(?:-----END [A-Z ]{0,20}PRIVATE KEY(?: BLOCK)?-----)?"
)
_BEARER = r"(?i:bearer|basic)[ ]{1,2}([0-9A-Za-z._~+/-]{16,}=*)"
_QUERY = (
    r"(?i:[!&;#](?:access_?token|id_?token|refresh_?token|token|api_?key|key|secret|client_?secret|sig|signature|"
    rf"password|pwd|auth|code)=)([^&#\s\"{NUL}]+)"
)

SECRET = PatternRecognizer(
    entity=Entity.SECRET,
    name="secret",
    pattern=rf"{LEFT}({'|'.join(_ISSUED)})|({_PEM})|{_HOOK}|{_AZURE}|{_BEARER}|{_QUERY}",
    score=0.9,
)
