"""The page of a replayed week: what was planned, what was served, and what it came to."""

import html


def line(points, width, height, colour, top=None, dashed=False):
    top = top or max([value for value in points if value is not None], default=1) or 1
    step = width / max(len(points) - 1, 1)
    places = [f"{place * step:.1f},{height - height * value / top:.1f}" for place, value in enumerate(points) if value is not None]
    dash = ' stroke-dasharray="4 3"' if dashed else ""
    return f'<polyline fill="none" stroke="{colour}" stroke-width="1.5"{dash} points="{" ".join(places)}"/>'


def chart(title, lines, note):
    body = "".join(lines)
    return (
        f"<h2>{html.escape(title)}</h2><p>{html.escape(note)}</p>"
        f'<svg viewBox="0 -4 900 168" width="900" role="img"><rect width="900" height="160" fill="#f6f6f4"/>{body}</svg>'
    )


def page(options, summary, table, demand, intensity, names, wanted, qor):
    best = names[-1]
    share = [hour.get(best, [0])[0] / count if count else None for hour, count in zip(table, demand)]
    plan = [wanted.get((place, best)) for place in range(len(table))]
    rows = "".join(f"<tr><td>{html.escape(key)}</td><td>{html.escape(str(value))}</td></tr>" for key, value in summary.items())
    charts = [
        chart("Requests", [line(demand, 900, 160, "#445")], f"an hour, up to {max(demand)}"),
        chart("Grid", [line(intensity, 900, 160, "#a40")], f"g CO2e/kWh in {options.zone}, up to {max(intensity):.0f}"),
        chart(
            f"Share of tier {best}",
            [line(plan, 900, 160, "#999", 1, True), line(share, 900, 160, "#064", 1)],
            "planned (dashed) and served",
        ),
        chart("Quality of responses", [line(qor, 900, 160, "#406", 1)], f"by windows of {options.validity} h, from 0 to 1"),
    ]
    return (
        "<!doctype html><meta charset=utf-8><title>Replay</title>"
        "<style>body{font:15px system-ui;max-width:920px;margin:2em auto}td{padding:0 1em 0 0}</style>"
        f"<h1>A week through the gateway, {options.speed:.0f} times as fast</h1>"
        "<p>Backends and lengths are simulated; demand, intensity and scores are data.</p>"
        f"{''.join(charts)}<h2>Figures</h2><table>{rows}</table>"
    )
