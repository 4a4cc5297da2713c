"""What is wrong, in which book, and about which case."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

LISTED = 200
"""Of one kind in one book, and in the whole report; the rest is only counted."""

# What a supervisor reads. Details come behind it.
SENTENCES = {
    "UNREADABLE": "读不出来",
    "BOOK_UNREADABLE": "账本读不下去，文件已损坏",
    "ROWS_MISSING": "表中的行号不连续，有行被删除",
    # Facts.
    "FACT_CHANGED": "事实的内容与其编号不符，内容被改动",
    "FACT_MISFILED": "事实的登记栏与其内容不符",
    "FACT_UNCHAINED": "事实不在任何流水中",
    "FACT_MISSING": "流水中有此条，事实却不在账本中",
    "PRIVATE_PART_CHANGED": "个人信息与事实中的摘要不符",
    "PRIVATE_PART_MISSING": "事实所附的个人信息不在账本中",
    "NOT_AS_PUBLISHED": "目录或日历的登记与县的事实不符",
    "NOT_THEIRS_TO_WRITE": "记录单位无权作此答复或登记",
    "NAMED_MISSING": "答复或了结所指的记录不在账本中",
    "REGISTER_WRONG": "登记簿与其事实不符",
    # Journals.
    "STREAM_MISSING": "流水所属的流没有登记",
    "STREAM_WRONG": "流的登记不成立",
    "STREAM_EMPTY": "流中没有任何一条",
    "NOT_OPENED": "流的第一条应为且只应为开流，并写明本流与其密钥",
    "KEY_NOT_INTRODUCED": "签名用的密钥没有经县根密钥认证",
    "KEY_WRONG": "密钥登记与认证书不符",
    "CHAIN_BROKEN": "此条接不上前一条",
    "ENTRY_CHANGED": "此条的哈希与其内容不符",
    "WRONG_PLACE": "事实不属于此流：记录单位或归属地不符",
    "HEAD_WRONG": "流的末端与登记不符",
    "NOT_SIGNED": "流的最后一条没有签名",
    "SIGNATURE_WRONG": "签名不成立",
    # Checkpoints.
    "CHECKPOINT_WRONG": "确认书与其登记不符",
    "CHECKPOINT_MISSING": "确认书的编号不连续，有确认书被删除",
    "CHECKPOINT_FALSE": "本单位的确认书与当时账上所有不符",
    "CHECKPOINT_NOT_MADE": "收到的确认书不在签发单位自己的账上",
    "STATED_WRONG": "邻居确认的清单与其签名的确认书不符",
    # Across books.
    "MISSING_HERE": "别的账本有此条，这本账必须有而没有",
    "CLAIMED_NOT_HELD": "本单位签名确认收到此条，账上却没有",
    "BOOKS_DIFFER": "同一条流水在两本账上不同",
    "CASE_DIFFERS": "同一办件在上下两本账上不同",
    "FILING_UNKNOWN_AT_ORIGIN": "收件单位自己的账上没有这次收件",
    "NUMBER_TWICE": "一个办件编号用在两件上",
    "FILED_TWICE": "同一次收件请求记成了两件",
    # Cases and figures.
    "CASE_ROW_WRONG": "办件登记与其事实不符",
    "CASE_ROW_MISSING": "有事实而没有办件登记",
    "CASE_WITHOUT_FACTS": "有办件登记而没有事实",
    "FIGURE_WRONG": "公布的数字与重新计算的不符",
    "FIGURES_DIFFER": "上下两本账算出的数字不同",
}


@dataclass(frozen=True)
class Finding:
    """`fact`, `case`, `stream` and `seq` are what is known of where it is; `number` is found out from them."""

    book: int
    what: str
    detail: str = ""
    fact: bytes = b""
    case: bytes = b""
    stream: bytes = b""
    seq: int = 0
    number: str = ""

    @property
    def text(self) -> str:
        about = [self.detail, self._journal, f"事实{self.fact.hex()}" if self.fact else ""]
        about += [f"办件{self.number}" if self.number else ""]
        return f"{self.book}的账本：{SENTENCES[self.what]}（{'；'.join(filter(None, about)) or '—'}）"

    @property
    def _journal(self) -> str:
        if not self.stream:
            return ""
        author, home = (int.from_bytes(part, "big") for part in (self.stream[:8], self.stream[25:]))
        return f"{author}写入{home}的流水{self.stream[8:24].hex()[:8]}第{self.seq}条"


@dataclass
class Findings:
    """Those of one book. A book that is wrong everywhere must not fill the memory."""

    book: int
    listed: list[Finding] = field(default_factory=list)
    counted: Counter[str] = field(default_factory=Counter)

    def add(
        self, what: str, detail: str = "", *, fact: bytes = b"", case: bytes = b"", stream: bytes = b"", seq: int = 0
    ) -> None:
        self.put(Finding(self.book, what, detail, fact, case, stream, seq))

    def put(self, finding: Finding) -> None:
        self.counted[finding.what] += 1
        if self.counted[finding.what] <= LISTED:
            self.listed.append(finding)

    def take(self, others: Findings) -> None:
        """Those of another book, as they stand."""
        self.listed += others.listed
        self.counted += others.counted

    @property
    def total(self) -> int:
        return self.counted.total()
