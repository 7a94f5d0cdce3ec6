"""Which records go first: the few whose answers prove most features."""

from collections.abc import Collection, Mapping

from pipeline.delivery.canary.features import read_features

__all__ = ["choose_canaries"]


def choose_canaries(firsts: Mapping[str, int], proven: Collection[str] = ()) -> list[int]:
    """Positions of records that together have every feature that is not proven, in their order.

    `firsts` says at which position each set of features comes first. Greedy set cover: again and again the set with
    most of them still missing, the earliest of equals.
    """
    sets = {position: read_features(features).difference(proven) for features, position in firsts.items()}
    chosen = []
    while sets:
        position = max(sets, key=lambda p: (len(sets[p]), -p))
        new = sets.pop(position)
        if not new:
            break
        chosen.append(position)
        sets = {p: rest for p, features in sets.items() if (rest := features - new)}
    return sorted(chosen)
