"""Membership attacks as their papers have them, written with numpy and scikit-learn alone: the peers in peers.py."""

from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

Frame = pd.DataFrame


def is_number(column: pd.Series) -> bool:
    """Whether a column is a number with more than two values."""
    return bool(pd.api.types.is_numeric_dtype(column)) and column.nunique() > 2


class PeerEncoder:
    """Numbers standardised by the mean and deviation of a table, one column per category, medians where missing."""

    def __init__(self, real: Frame) -> None:
        self.real = real

    def __call__(self, table: Frame) -> np.ndarray:
        """Return the rows as numbers, shape ``(n, d)``."""
        parts = []
        for name in self.real:
            mine = self.real[name]
            if pd.api.types.is_numeric_dtype(mine):
                filled = table[name].astype(float).fillna(mine.median())
                parts.append(((filled - mine.mean()) / (mine.std() or 1.0)).to_numpy()[:, None])
            else:
                levels = np.asarray(mine.dropna().unique(), object)
                parts.append((table[name].to_numpy(object)[:, None] == levels[None, :]).astype(float))
        return np.nan_to_num(np.concatenate(parts, axis=1))


def peer_levels(real: Frame, bins: int) -> tuple[Callable[[Frame], np.ndarray], list[list[np.ndarray]]]:
    """Return a function from tables to levels, and the real values within each level of each column."""
    cuts: dict[str, np.ndarray] = {}
    for name in real:
        if is_number(real[name]):
            cuts[name] = np.unique(np.nanquantile(real[name].astype(float), np.linspace(0, 1, bins + 1)[1:-1]))
        else:
            cuts[name] = np.array(sorted(real[name].dropna().unique(), key=str), object)

    def level(table: Frame) -> np.ndarray:
        columns = []
        for name, cut in cuts.items():
            values, numeric = table[name], is_number(real[name])
            if numeric:
                at = np.searchsorted(cut, values.astype(float).to_numpy(), side="left")
                at[values.isna().to_numpy()] = len(cut) + 1
            else:
                at = pd.Categorical(values, categories=cut).codes.astype(int)
                at[at < 0] = len(cut)
            columns.append(at)
        return np.column_stack(columns)

    found, values = level(real), []
    for at, name in enumerate(real):
        top = len(cuts[name]) + (2 if is_number(real[name]) else 1)
        pools = [real[name].to_numpy()[found[:, at] == k] for k in range(top)]
        values.append([pool if len(pool) else np.array([np.nan], object) for pool in pools])
    return level, values


def mutual_information(level: np.ndarray, sizes: list[int]) -> np.ndarray:
    """Return the mutual information of each pair of columns, shape ``(p, p)``."""
    p, n = level.shape[1], len(level)
    out = np.zeros((p, p))
    for a in range(p):
        for b in range(a):
            joint = np.bincount(level[:, a] * sizes[b] + level[:, b], minlength=sizes[a] * sizes[b])
            joint = joint.reshape(sizes[a], sizes[b]) / n
            chance = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0)
            seen = joint > 0
            out[a, b] = out[b, a] = (joint[seen] * np.log(joint[seen] / chance[seen])).sum()
    return out


def classifier_peer(build: Callable[[], object]) -> Callable[..., np.ndarray]:
    """Return an attack: how sure a classifier of synthetic against reference rows is that a target is synthetic."""

    def score(targets: Frame, synthetic: Frame, reference: Frame) -> np.ndarray:
        encode = PeerEncoder(reference)
        rows = np.concatenate([encode(synthetic), encode(reference)])
        labels = np.arange(len(rows)) < len(synthetic)
        return build().fit(rows, labels).predict_proba(encode(targets))[:, 1]  # type: ignore[attr-defined]

    return score


def forest() -> object:
    """Return a random forest as scikit-learn builds it."""
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(n_estimators=300, class_weight="balanced", random_state=0, n_jobs=1)


def forest_of_leaves() -> object:
    """Return a random forest whose leaves hold five rows."""
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(300, min_samples_leaf=5, class_weight="balanced", random_state=0, n_jobs=1)


def boosted() -> object:
    """Return boosted trees with many rounds."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(max_iter=400, early_stopping=False, class_weight="balanced", random_state=0)


def network() -> object:
    """Return a network of one hidden layer, as LOGAN's discriminator sees synthetic against other rows."""
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier((128,), max_iter=60, random_state=0)


def l2(targets: Frame, synthetic: Frame, reference: Frame) -> tuple[np.ndarray, np.ndarray]:
    """Return standardised Euclidean distances to the two nearest synthetic and reference rows, each ``(n, 2)``."""
    from sklearn.neighbors import NearestNeighbors

    encode = PeerEncoder(reference)
    return tuple(  # type: ignore[return-value]
        NearestNeighbors(n_neighbors=2, algorithm="brute").fit(encode(rows)).kneighbors(encode(targets))[0]
        for rows in (synthetic, reference)
    )


def overlap(targets: Frame, rows: Frame) -> np.ndarray:
    """Return the most cells that a target shares with one row, shape ``(n,)``."""
    best = np.zeros(len(targets))
    codes = []
    for name in targets:
        both, _ = pd.factorize(pd.concat([targets[name], rows[name]]), use_na_sentinel=False)
        codes.append((both[: len(targets)], both[len(targets) :]))
    for start in range(0, len(targets), 500):
        same = np.zeros((len(codes[0][0][start : start + 500]), len(rows)), np.int16)
        for mine, theirs in codes:
            same += mine[start : start + 500, None] == theirs
        best[start : start + 500] = same.max(axis=1)
    return best


def kernel_density(targets: Frame, rows: Frame, reference: Frame) -> np.ndarray:
    """Return the log of a Gaussian kernel density of Scott's bandwidth on standardised columns."""
    encode = PeerEncoder(reference)
    ours, theirs = encode(targets), encode(rows)
    width = len(rows) ** (-1 / (theirs.shape[1] + 4))
    square = ((ours**2).sum(1)[:, None] - 2 * ours @ theirs.T + (theirs**2).sum(1)) / (-2 * width**2)
    top = square.max(axis=1, keepdims=True)
    return np.log(np.exp(square - top).sum(axis=1)) + top[:, 0]


def tamis(targets: Frame, synthetic: Frame, reference: Frame, bins: int = 10) -> np.ndarray:
    """TAMIS: log ratio of the Chow-Liu tree of the synthetic rows, fitted on them and on the reference."""
    from scipy.sparse.csgraph import breadth_first_order, minimum_spanning_tree

    level, values = peer_levels(pd.concat([synthetic, reference]), bins)
    sizes = [len(v) for v in values]
    out, found = level(targets), level(synthetic)
    information = mutual_information(found, sizes)
    tree = minimum_spanning_tree(-np.triu(information + 1e-9, 1))
    order, before = breadth_first_order(tree, 0, directed=False)
    total = np.zeros(len(targets))
    for rows, sign in ((found, 1), (level(reference), -1)):
        for j in order:
            k = before[j]
            if k < 0:
                counts = np.bincount(rows[:, j], minlength=sizes[j]) + 0.5
                total += sign * np.log(counts / counts.sum())[out[:, j]]
                continue
            counts = np.bincount(rows[:, k] * sizes[j] + rows[:, j], minlength=sizes[k] * sizes[j])
            counts = counts.reshape(sizes[k], sizes[j]) + 0.5 / sizes[j]
            total += sign * np.log(counts / counts.sum(axis=1, keepdims=True))[out[:, k], out[:, j]]
    return total


def mama(order: int) -> Callable[..., np.ndarray]:
    """MAMA-MIA: the ratio of frequencies over the informative marginals of ``order`` columns, summed."""

    def score(targets: Frame, synthetic: Frame, reference: Frame) -> np.ndarray:
        level, values = peer_levels(pd.concat([synthetic, reference]), 10)
        sizes = [len(v) for v in values]
        ours, found, real = level(targets), level(synthetic), level(reference)
        information = mutual_information(found, sizes)
        p = len(sizes)
        pairs = sorted(((information[a, b], a, b) for a in range(p) for b in range(a)), reverse=True)[: 2 * p]
        cliques: list[tuple[int, ...]] = [(a, b) for _, a, b in pairs]
        if order == 3:
            near = information + np.eye(p) * -1
            cliques = sorted({tuple(sorted((a, b, int((near[a] + near[b]).argmax())))) for a, b in cliques})
            cliques = [c for c in cliques if len(set(c)) == 3]
        total = np.zeros(len(targets))
        for clique in cliques:
            shape = [sizes[j] for j in clique]
            mine, theirs, known = (
                np.ravel_multi_index([rows[:, j] for j in clique], shape) for rows in (ours, found, real)
            )
            top = int(np.prod(shape))
            first, second = (np.bincount(x, minlength=top) / len(x) for x in (theirs, known))
            total += np.log((first[mine] + 0.5 / len(theirs)) / (second[mine] + 0.5 / len(known)))
        return total

    return score


def peers(targets: Frame, synthetic: Frame, reference: Frame) -> Iterator[tuple[str, np.ndarray]]:
    """Yield each peer's name and scores."""
    known = (targets, synthetic, reference)
    yield "random forest", classifier_peer(forest)(*known)
    yield "forest, leaves of 5", classifier_peer(forest_of_leaves)(*known)
    yield "boosted trees", classifier_peer(boosted)(*known)
    yield "network (LOGAN)", classifier_peer(network)(*known)
    near, far = l2(*known)
    yield "L2 nearest", -near[:, 0]
    yield "L2 difference", far[:, 0] - near[:, 0]
    yield "L2 ratio", np.log(far[:, 0] + 1e-6) - np.log(near[:, 0] + 1e-6)
    yield "L2 NNDR", -near[:, 0] / np.maximum(near[:, 1], 1e-12)
    shared = overlap(targets, synthetic)
    yield "overlap", shared
    yield "overlap difference", shared - overlap(targets, reference)
    density = kernel_density(targets, synthetic, reference)
    yield "DOMIAS", density - kernel_density(targets, reference, reference)
    yield "TAMIS", tamis(*known)
    yield "MAMA-MIA pairs", mama(2)(*known)
    yield "MAMA-MIA triples", mama(3)(*known)
