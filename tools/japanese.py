"""The Japanese texts of the generated tables, each with a mark of the English text.

tests/test_japanese.py compares the marks, so that every translation is up to date.
"""

import hashlib
from collections.abc import Mapping
from typing import NamedTuple, TypeVar

Name = TypeVar("Name", str, int)


class Meaning(NamedTuple):
    """A translation, and the mark of its English text."""

    mark: str
    text: str


def mark_of(english: str) -> str:
    """Return the mark of an English text, a short hash."""
    return hashlib.sha256(english.encode()).hexdigest()[:8]


def texts(table: Mapping[Name, Meaning]) -> dict[Name, str]:
    """Return the translations of a table without their marks."""
    return {name: meaning.text for name, meaning in table.items()}


INPUTS: dict[str, Meaning] = {
    "api-key": Meaning("c62cc6b2", "API キー。必須です。シークレットとして渡してください。"),
    "api-url": Meaning(
        "79ed49f3",
        "Genesis のサーバー。https のみです。http を使えるのは、ループバックのホストと、"
        "allow-http で指定したホストだけです。",
    ),
    "allow-http": Meaning(
        "8c71c5e4",
        "暗号化せずに通信してよいホスト。リハーサルや閉じたネットワークで使います。"
        "通信経路上のだれもが API キーを読めます。",
    ),
    "workflow-id": Meaning(
        "734d3ea2",
        "実行するワークフロー。テンプレートの UUID か、"
        "トリガー設定からコピーした API エンドポイントの URL を指定します。",
    ),
    "inputs": Meaning(
        "25178eb5",
        "コンテキスト変数。YAML か JSON のマッピング、または KEY=VALUE の行で書きます。"
        "値はすべて、書いたとおりの文字列で送ります。",
    ),
    "inputs-file": Meaning(
        "096045c4",
        "inputs と同じ内容を、ワークスペース内のファイルから読みます。"
        "同じキーは inputs の値が優先です。",
    ),
    "secret-inputs": Meaning(
        "5a3e1639",
        "値を伏せるコンテキスト変数の名前。ログにもレポートにも値は出ません。",
    ),
    "expose": Meaning(
        "6bccebe6",
        "認証情報らしい名前でも、設定ファイルの ${NAME} で参照してよい環境変数の名前。"
        "API キーだけは、どんな場合も参照できません。",
    ),
    "config": Meaning(
        "53a7f33b",
        "複数のワークフローを書く設定ファイル（docs/gates.md）。既定のファイルは、存在し、"
        "かつ workflow-id も execution-id も指定していないときに読みます。",
    ),
    "execution-id": Meaning(
        "c057e0eb",
        "新しくトリガーせず、すでにある実行の結果を待ちます。ID は複数指定できます。",
    ),
    "wait": Meaning("1336ae15", "false にすると、トリガーだけして終了します。"),
    "concurrency-policy": Meaning(
        "13a8fc84",
        "ワークフローのトリガー設定にある並行実行ポリシー。「並行して実行」なら parallel、"
        "「前の実行をキャンセル」なら cancel-previous です。",
    ),
    "poll-interval": Meaning(
        "f3f45fe9",
        "auto は実行の進み具合に合わせて間隔を変えます。秒数（1 以上）で固定することもできます。",
    ),
    "max-wait-time": Meaning(
        "93e2c5ee",
        "最終的なステータスになるまで待つ時間の上限。トリガーした時点から数えます。最長 7 日です。",
    ),
    "on-review-pending": Meaning(
        "d6ba63e7",
        "ブロックがレビュー待ちになったときの扱い。fail（失敗）、pass（合格）、"
        "wait（人が判断するまで待つ）から選びます。",
    ),
    "review-wait-time": Meaning(
        "593c0786",
        "on-review-pending: wait のときに、人の判断を待つ時間の上限。",
    ),
    "wait-for": Meaning(
        "e28e8e3a",
        "トリガーの前に応答を確認するアドレス。"
        "{url, status, contains, timeout, header} の形でも書けます（docs/previews.md）。",
    ),
    "run-url": Meaning(
        "58c41218",
        "Genesis の画面で実行を表示する URL。ブラウザーからコピーし、"
        "実行の ID を {execution_id} に、ワークフローの ID を {workflow_id} に置き換えます。"
        "すべてのレポートに実行へのリンクが付きます。",
    ),
    "review-status": Meaning(
        "899b5fe7",
        "GitHub 用。各ジョブが付けるコミットステータスの名前。success、failure、"
        "またはレビュー待ちの間の pending になります。レビュー待ちの間、ジョブ自体は成功で、"
        "wait --from が結果を確定します（docs/ja/reviews.md）。",
    ),
    "github-token": Meaning(
        "d04b82b8",
        "review-status の投稿に使うトークン。ジョブに statuses: write の権限が必要です。"
        "アクション以外では環境変数 GITHUB_TOKEN を使います。",
    ),
    "on-cancelled": Meaning(
        "3157e0f0",
        "実行がキャンセル済みで終わったときのジョブの結果。fail または pass です。",
    ),
    "on-skipped": Meaning(
        "93edb83e",
        "実行が条件で未実行（skipped）だったときのジョブの結果。fail または pass です。",
    ),
    "on-failed-block": Meaning(
        "47bf8c85",
        "完了した実行に失敗したブロックがあるときのジョブの結果。"
        "pass（すべてのレポートに警告を出す）または fail です。",
    ),
    "expect": Meaning(
        "b8e2b9ce",
        "完了した実行の出力が満たすべき条件。YAML のリストで書きます（docs/ja/proof.md）。"
        "見つからないものや満たさないものがあれば unmet です。",
    ),
    "tests": Meaning(
        "d964d1b7",
        "テスト結果を CTRF または JUnit XML で出力するブロック。"
        "ブロック名か YAML のマッピングで書きます（docs/ja/proof.md）。"
        "各テストは junit.xml のケースになり、すべての合格が必要です。",
    ),
    "attempts": Meaning(
        "afc4e392",
        "合格までに許す実行の回数。failed か unmet で終わったら、もう一度トリガーします。"
        "2 回目以降の合格は flaky（結果が不安定）と表示します（docs/ja/attempts.md）。",
    ),
    "on-flaky": Meaning(
        "2eb2e66f",
        "attempts を使い、失敗のあとで合格したときのジョブの結果。"
        "pass（すべてのレポートに警告を出す）または fail です。",
    ),
    "failed-from": Meaning(
        "f0d8a8ea",
        "同じコミットに対する以前のジョブの result.json。"
        "そこで合格した実行は Genesis に確認したうえで残し、"
        "それ以外をトリガーします（docs/ja/attempts.md）。",
    ),
    "missing-key": Meaning(
        "f5429bdb",
        "API キーがないときの扱い。fail（失敗）、または skip（シークレットを受け取れない、"
        "フォークからのプルリクエスト向け）。skip は、その旨を表示して成功で終わります。",
    ),
    "output-block": Meaning(
        "5e59a568",
        "出力 output に入れるブロック。指定しなければ、全ブロックの出力を JSON で入れます。",
    ),
    "report-dir": Meaning("4e2e4e16", "レポートの出力先。ワークスペース内のディレクトリです。"),
    "summary": Meaning("a9dfa9b9", "ステップサマリーを書きます。"),
}

OUTPUTS: dict[str, Meaning] = {
    "execution-id": Meaning("c727d7ff", "Genesis での実行の ID。複数あるときはコンマ区切りです。"),
    "status": Meaning("484a8367", "最後に確認した、Genesis の実行ステータス。"),
    "verdict": Meaning("2f0842fc", "genesis-ci の判定（passed、failed、review_pending など）。"),
    "exit-code": Meaning("38393394", "ステップの終了コード。"),
    "output": Meaning(
        "32caf1e8",
        "output-block の出力、または全ブロックの出力の JSON。"
        "信頼できないテキストとして扱ってください。",
    ),
    "results": Meaning("b3f6d735", "ワークフローごとに 1 つのオブジェクトを持つ JSON 配列。"),
    "run-url": Meaning(
        "fd700038",
        "run-url を指定したときの、Genesis での実行の URL。複数あるときはコンマ区切りです。",
    ),
    "report-dir": Meaning("1552c1cf", "レポートの場所。ワークスペースからの相対パスです。"),
    "junit-path": Meaning("70cf0d8a", "JUnit ファイルの場所。ワークスペースからの相対パスです。"),
}

EXIT_CODES: dict[int, Meaning] = {
    0: Meaning(
        "4ddae58c",
        "passed: 合格、またはポリシーにより合格扱い。wait: false でのトリガー、"
        "API キーがないためのスキップ、review-status が pending のままのレビュー待ちも 0",
    ),
    1: Meaning("278c06fb", "failed: Genesis がワークフローの失敗を返した"),
    2: Meaning("1780f37b", "error: 設定または使い方の誤り。何もトリガーしていない"),
    3: Meaning("51db2c77", "review_pending: ブロックがレビュー待ち"),
    4: Meaning("21bee4ba", "cancelled: 実行がキャンセルされた。多くは、新しいトリガーによるもの"),
    5: Meaning("a6551d8f", "skipped: 条件により、ワークフローが実行されなかった"),
    6: Meaning("84d0d665", "timed_out: max-wait-time までに最終的なステータスにならなかった"),
    7: Meaning(
        "fb0183b9",
        "rejected: Genesis が API キー、権限、ワークフロー、コンテキスト変数のいずれかを拒否した",
    ),
    8: Meaning("459adcb0", "lost_contact: 使える応答がない、またはトリガーが届いたか分からない"),
    9: Meaning("b98ac4fd", "unmet: Genesis では完了したが、出力が条件を満たしていない"),
    10: Meaning(
        "fa0222b2",
        "not_ready: wait-for が期待どおりの応答を時間内に返さなかった。何もトリガーしていない",
    ),
    70: Meaning(
        "b368d4ff",
        "error: genesis-ci の不具合、または合格なのに junit.xml を書けなかった",
    ),
    130: Meaning("579c5c49", "interrupted: SIGINT で中断"),
    143: Meaning("fe7d66e8", "interrupted: SIGTERM で中断"),
}
