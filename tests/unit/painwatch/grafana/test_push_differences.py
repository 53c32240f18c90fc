from painwatch.grafana.differences import differ, difference


def test_the_order_of_keys_is_no_difference() -> None:
    assert not differ({"a": 1, "b": [1, 2]}, {"b": [1, 2], "a": 1})
    assert differ({"b": [1, 2]}, {"b": [2, 1]})
    assert difference({"a": 1}, {"a": 1}) == []


def test_each_line_says_whether_it_is_or_is_to_be() -> None:
    shown = difference({"folder": "a", "title": "ü"}, {"folder": "b", "title": "ü"})
    assert shown == ["@", " {", '-  "folder": "a",', '+  "folder": "b",', '   "title": "ü"', " }"]


def test_each_change_is_headed_by_the_way_to_it() -> None:
    def model(value: int) -> object:
        return {"rules": {"a": {"data": [*range(9), {"x": {"y": value}}]}, "b": list(range(9)), "c": {"z": value}}}

    heads = [line for line in difference(model(1), model(2)) if line.startswith("@")]
    assert heads == ["@ rules / a / data", "@ rules"]


def test_what_is_not_there_is_all_made_or_all_removed() -> None:
    assert {line[0] for line in difference(None, {"a": 1})} == {"@", "+"}
    assert {line[0] for line in difference({"a": 1}, None)} == {"@", "-"}
