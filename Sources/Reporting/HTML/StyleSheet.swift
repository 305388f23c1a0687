/// The page's looks: by the reader's choice of light or dark, and printable.
///
/// Colours after Okabe and Ito, which people tell apart who do not see them all; lighter ones on dark ground.
enum StyleSheet {
    static let text: StaticString = """
        :root{color-scheme:light dark;--ground:#fff;--ink:#1b1f24;--soft:#57606a;--rule:#d0d7de;--panel:#f6f8fa;\
        --c0:#0072b2;--c1:#e69f00;--c2:#009e73;--c3:#cc79a7;--c4:#56b4e9;--c5:#d55e00;--c6:#b5a70f;--c7:#8c8c8c}\
        @media (prefers-color-scheme:dark){:root{--ground:#14181d;--ink:#e6e9ec;--soft:#9aa4ae;--rule:#343b43;\
        --panel:#1c2229;--c0:#4aa8e0;--c1:#f0b429;--c2:#2ec29a;--c3:#dd96bd;--c4:#8ccff2;--c5:#f0824a;--c6:#e6dc5a;\
        --c7:#a8a8a8}}\
        body{margin:0 auto;padding:1.5rem;max-width:62rem;background:var(--ground);color:var(--ink);\
        font:15px/1.5 system-ui,sans-serif}\
        h1{font-size:1.6rem;margin:0;overflow-wrap:anywhere}h2{font-size:1.15rem;margin:2.2rem 0 .4rem}p{margin:.4rem 0}\
        .soft,figcaption{color:var(--soft);font-size:.85rem}\
        .badge{font-size:.7rem;font-weight:700;letter-spacing:.04em;border:1px solid var(--c5);color:var(--c5);\
        border-radius:4px;padding:.05rem .35rem;margin-left:.5rem;vertical-align:middle}\
        .banner{border-left:4px solid var(--c5);background:var(--panel);padding:.6rem .9rem;margin:1rem 0}\
        .cards{display:flex;flex-wrap:wrap;gap:.8rem;margin:1rem 0;padding:0;list-style:none}\
        .cards li{background:var(--panel);border:1px solid var(--rule);border-radius:8px;padding:.6rem .9rem;min-width:9rem}\
        .cards b{display:block;font-size:1.25rem;font-variant-numeric:tabular-nums}\
        figure{margin:.6rem 0;overflow-x:auto}svg{width:100%;min-width:34rem;height:auto;display:block}\
        svg text{font:11px system-ui,sans-serif;fill:var(--ink)}.grid{stroke:var(--rule);stroke-width:1}\
        .c0{fill:var(--c0)}.c1{fill:var(--c1)}.c2{fill:var(--c2)}.c3{fill:var(--c3)}.c4{fill:var(--c4)}.c5{fill:var(--c5)}\
        .c6{fill:var(--c6)}.c7{fill:var(--c7)}.area{fill-opacity:.4}.line{fill:none;stroke-width:2}\
        .line.c0{stroke:var(--c0)}.line.c1{stroke:var(--c1)}.line.c2{stroke:var(--c2)}.line.c3{stroke:var(--c3)}\
        .line.c4{stroke:var(--c4)}.line.c5{stroke:var(--c5)}.line.c6{stroke:var(--c6)}.line.c7{stroke:var(--c7)}\
        .line.c0,.line.c1,.line.c2,.line.c3,.line.c4,.line.c5,.line.c6,.line.c7{fill:none}\
        .wide{overflow-x:auto;margin:.8rem 0}table{border-collapse:collapse;font-size:.82rem;font-variant-numeric:tabular-nums}\
        th,td{padding:.25rem .6rem;border-bottom:1px solid var(--rule);text-align:left;white-space:nowrap}\
        td.number,th.number{text-align:right}caption{text-align:left}\
        details{margin:.4rem 0}summary{cursor:pointer;color:var(--soft)}\
        ul.notes{color:var(--soft);font-size:.82rem;padding-left:1.1rem;margin:.4rem 0}\
        @media print{details>*{display:block}body{max-width:none}}
        """
}
