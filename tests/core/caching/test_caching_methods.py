"""delete_memoized() on methods of instances and classes, and on static ones."""

from core.caching import delete_memoized, delete_memoized_verhash, memoize

counted: list[object] = []


class Shop:
    def __init__(self, number):
        self.number = number

    def __caching_id__(self):
        return self.number

    @memoize()
    def price(self, thing, *more, size=1, **rest):
        counted.append(thing)
        return len(counted)

    @classmethod
    @memoize()
    def named(cls, name):
        counted.append(name)
        return len(counted)

    @staticmethod
    @memoize()
    def tax(amount, rate=5):
        counted.append(amount)
        return len(counted)


class Branch(Shop):
    pass


def kept(*calls):
    """Which of these calls are still answered by what was kept before `delete`."""
    before = [call() for call in calls]

    def still(delete):
        delete()
        after = [call() for call in calls]
        same = [one == other for one, other in zip(before, after, strict=True)]
        before[:] = after
        return same

    return still


def test_methods_are_deleted_by_instance_and_by_call():
    one, two = Shop(1), Shop(2)
    still = kept(
        lambda: one.price("tea", size=2), lambda: one.price("tea", 7, colour="red"),
        lambda: two.price("tea"),
    )  # fmt: skip
    assert still(lambda: None) == [True] * 3
    assert still(lambda: delete_memoized(one.price, thing="tea", size=2)) == [False, True, True]
    assert still(lambda: delete_memoized(one.price, one, "tea", size=2)) == [False, True, True]
    assert still(lambda: delete_memoized(Shop.price, one, "tea", 7, colour="red")) == [
        True, False, True,
    ]  # fmt: skip
    assert still(lambda: delete_memoized(Shop(1).price)) == [False, False, True]
    assert still(lambda: one.price.delete_memoized()) == [False, False, False]


def test_class_methods_and_static_methods_are_deleted_too():
    still = kept(
        lambda: Shop.named("a"), lambda: Shop.named(name="b"), lambda: Branch.named("a"),
        lambda: Shop.tax(1), lambda: Branch(1).tax(2, rate=5),
    )  # fmt: skip
    assert still(lambda: None) == [True] * 5
    assert still(lambda: delete_memoized(Shop.named, "b")) == [True, False, True, True, True]
    assert still(lambda: delete_memoized(Branch.named, Branch, name="a")) == [
        True, True, False, True, True,
    ]  # fmt: skip
    assert still(lambda: delete_memoized(Shop(1).tax, 2)) == [True, True, True, True, False]
    assert still(lambda: delete_memoized_verhash(Shop.tax)) == [True, True, True, False, False]
    assert still(lambda: delete_memoized(Shop.named)) == [False, False, False, True, True]
