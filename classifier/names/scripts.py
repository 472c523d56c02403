"""Names in scripts without capitals or spaces: Chinese, Japanese, Korean, Thai, Arabic, by family names and honorifics."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from classifier.entities import Entity
from classifier.names import gazetteers
from classifier.spans import LIKELY_SCORE, Span

RECOGNIZER = "names-scripts"

# The hundred commonest family names of China, in both ways of writing, and the commonest double ones.
_CHINESE = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
    "張劉陳楊黃趙吳孫馬許韓馮鄧蕭葉蘇呂盧鍾譚陸範賈韋鄒閻龍賀顧龔萬錢嚴湯羅鄭謝蔣"
)
_CHINESE_NAME = rf"(?:欧阳|司马|上官|诸葛|歐陽|[{_CHINESE}])[\u4e00-\u9fff]"
_CHINESE_HONORIFIC = "先生|女士|小姐|太太|医生|醫生|老师|老師|经理|經理|教授|主任|同学|同學|护士|律师|總經理|总经理|师傅|阿姨|叔叔"
_CHINESE_BEFORE = (
    "我叫|名叫|我是|姓名[：:]?|名字是|客户|客戶|患者|病人|联系人[：:]?|聯繫人[：:]?|收件人[：:]?|收货人[：:]?|寄件人[：:]?|用户|用戶|乘客|"
    "致|亲爱的|親愛的|尊敬的|签名[：:]?|申请人[：:]?|经理|醫師|医师|老师"
)
_JAPANESE = (
    "佐藤|鈴木|高橋|田中|伊藤|渡辺|渡邊|山本|中村|小林|加藤|吉田|山田|佐々木|山口|松本|井上|木村|林|斎藤|斉藤|清水|山崎|森|池田|橋本|阿部|石川|"
    "山下|中島|石井|小川|前田|岡田|長谷川|藤田|後藤|近藤|村上|遠藤|青木|坂本|福田|太田|西村|藤井|岡本|藤原|三浦|金子|中野|原田|松田|竹内|小野|"
    "中川|中山|和田|石田|上田|森田|原|柴田|酒井|宮崎|横山|高木|安藤|宮本|大野|小島|谷口|工藤|今井|高田|丸山|増田|杉山|村田|大塚|新井|平野|"
    "河野|藤本|武田|野口|松井|千葉|菅原|岩崎|木下|久保|佐野|野村|松尾|市川|菊地|杉本|古川|大西|島田|水野|桜井|若松|津田|喜嶋|吉本|廣川|宇野"
)
_KOREAN = (
    "김이박최정강조윤장임한오서신권황안송전홍유고문양손배백허남심노하곽성차주우구민류나진지엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용"
)
_KOREAN_HONORIFIC = (
    "씨|님|선생님|교수님|사장님|과장님|대리님|부장님|팀장님|박사|원장|환자|고객님|군|양"
)
_KOREAN_BEFORE = (
    "제 이름은|저는|이름[:：]?|성명[:：]?|고객명[:：]?|환자명[:：]?|담당자[:：]?|받는 사람[:：]?|수령인[:：]?|환자|고객"
)
_HAN = "[\u4e00-\u9fff]"
_KANA_HAN = "[\u3040-\u30ff\u4e00-\u9fff]"
_HANGUL = "[\uac00-\ud7af]"
_ARABIC_WORD = "[\u0621-\u0652]{2,14}"
_ARABIC_NAME = rf"{_ARABIC_WORD}(?: (?:(?:بن|ابن|بنت|أبو|ابو|عبد|آل) )?{_ARABIC_WORD})?"
_ARABIC_BEFORE = (
    "السيدة?|الدكتورة?|الأستاذة?|المهندسة?|الشيخ|الآنسة|اسمي|المريضة?|العميلة?|آقای|خانم|نام من|دکتر"
)
_DEVANAGARI = "[\u0900-\u0963\u0970-\u097f]{2,16}"
_THAI = "[\u0e00-\u0e3a\u0e40-\u0e4e]{2,20}"
_CYRILLIC = "[\u0400-\u042f][\u0430-\u045f\u0491]{0,20}"
_PATRONYMIC = r"[\u0400-\u042f][\u0430-\u045f\u0491]{1,20}(?:ович|евич|овна|евна|йович|ївна)"
_OPENS = r"(?:^|(?<=[\s，。、：；,:;\"“「（(]))"
_CLOSES = r"(?=[\s，。、：；！？,.:;!?）)」”]|$)"


class Form(NamedTuple):
    """What names look like in a script; some count only where lists know the given name."""

    pattern: re.Pattern[str]
    needs_given: bool = False


_FORMS: tuple[tuple[re.Pattern[str], tuple[Form, ...]], ...] = (
    (
        re.compile(_HAN),
        (
            Form(re.compile(rf"(?:{_CHINESE_BEFORE}) ?({_CHINESE_NAME}{_HAN}?)(?=[\s，。、！？：；,.!?（(\"”」的在和是说于与已要想请]|$)")),
            Form(re.compile(rf"((?:{_CHINESE_NAME}{_HAN}?|[{_CHINESE}]))(?:{_CHINESE_HONORIFIC})")),
            Form(re.compile(rf"{_OPENS}({_CHINESE_NAME}{_HAN}?){_CLOSES}"), needs_given=True),
            Form(re.compile(rf"((?:{_JAPANESE})[ \u3000]?{_KANA_HAN}{{0,4}}?)(?:さん|様|氏|先生|くん|君|ちゃん|殿)")),
            Form(re.compile(rf"(?:私は|名前は|氏名[：:]?|宛名[：:]?)\s?((?:{_JAPANESE})[ \u3000]?{_HAN}{{0,3}})")),
            Form(re.compile(rf"((?:{_JAPANESE})[ \u3000]?{_KANA_HAN}{{1,4}}?)(?=[\s、。：（(,はがとのにをです]|$)"), needs_given=True),
        ),
    ),
    (
        re.compile(_HANGUL),
        (
            Form(re.compile(rf"(?<!{_HANGUL})([{_KOREAN}]{_HANGUL}{{1,2}}?) ?(?:{_KOREAN_HONORIFIC})(?!{_HANGUL}{{2}})")),
            Form(re.compile(rf"(?:{_KOREAN_BEFORE}) ?([{_KOREAN}]{_HANGUL}{{2}})(?=입니다|이고|이며|이에요|[은는이가의을를와과\s,.]|$)")),
            Form(re.compile(rf"(?<!{_HANGUL})([{_KOREAN}]{_HANGUL}{{2}})(?=[은는이가의을를와과\s,.]|에게|$)"), needs_given=True),
        ),
    ),
    (re.compile("[\u0600-\u06ff]"), (Form(re.compile(rf"(?<!\w)(?:{_ARABIC_BEFORE}) ({_ARABIC_NAME})")),)),
    (
        re.compile("[\u0900-\u097f]"),
        (Form(re.compile(rf"(?:श्रीमती|श्री|डॉ\.?|डॉक्टर|सुश्री|कुमारी) ({_DEVANAGARI}(?: {_DEVANAGARI})?)")),),
    ),
    (re.compile("[\u0e00-\u0e7f]"), (Form(re.compile(rf"(?:นางสาว|นาย|นาง|คุณ|ดร\.|ผมชื่อ|ฉันชื่อ) ?({_THAI}(?: {_THAI})?)")),)),
    (re.compile("[\u0400-\u04ff]"), (Form(re.compile(rf"((?:{_CYRILLIC} ){{0,2}}{_PATRONYMIC}(?: {_CYRILLIC})?)")),)),
)  # fmt: skip


def find_in_scripts(text: str) -> Iterator[Span]:
    """Yield the names that a text holds in one of these scripts."""
    for script, forms in _FORMS:
        if script.search(text):
            yield from (span for form in forms for span in _spans(text, form))


def _spans(text: str, form: Form) -> Iterator[Span]:
    for match in form.pattern.finditer(text):
        start, end = match.span(1)
        if not form.needs_given or _has_given(match.group(1)):
            yield Span(start, end, Entity.PERSON, LIKELY_SCORE, RECOGNIZER)


def _has_given(name: str) -> bool:
    """Say whether lists know what follows a family name of one or two characters."""
    known = gazetteers.lists()
    return any(gazetteers.GIVEN in known.get(name[size:].strip(" \u3000"), "") for size in (1, 2))
