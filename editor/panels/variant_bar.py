"""The variants as tabs above the head: return to one, branch, rename, put in order."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QSignalBlocker, QSize, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QMenu, QSizePolicy, QTabBar, QToolButton, QWidget

from facewright.core.errors import FacewrightError
from facewright.editor import commands
from facewright.editor.desktop.messages import show_error
from facewright.editor.wording import literal, plain_tip

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from facewright.core.project import EditState, Variant
    from facewright.editor.document import Document

_WIDEST_TAB = 180
"""Pixels of a tab; the tip has the whole of a name that is longer."""


class _Tabs(QTabBar):
    """Tabs of which one can be renamed in place."""

    def __init__(self, bar: VariantBar) -> None:
        super().__init__()
        self._bar = bar

    def tabSizeHint(self, index: int) -> QSize:
        """As wide as the name, up to a limit: long ones leave room for the others."""
        return super().tabSizeHint(index).boundedTo(QSize(_WIDEST_TAB, self.maximumHeight()))

    def minimumTabSizeHint(self, index: int) -> QSize:
        """The same: what does not fit is scrolled to, not cut to a letter."""
        return self.tabSizeHint(index)

    def sizeHint(self) -> QSize:
        """As wide as the tabs: Qt would keep room for scroll buttons that are not there."""
        width = sum(self.tabSizeHint(index).width() for index in range(self.count()))
        return QSize(width, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Next to nothing: the button that branches stands beside the last tab."""
        return QSize(1, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Scroll no further than is needed to see the variant that is edited: Qt only ever scrolls on."""
        super().resizeEvent(event)
        current = self.currentIndex()
        with QSignalBlocker(self):
            self.setCurrentIndex(0)
            self.setCurrentIndex(current)

    def let_go(self) -> None:
        """End the drag of a tab, if there is one: meanwhile Qt makes no other current, and counts on all to stay."""
        outside, left = QPointF(-1.0, -1.0), Qt.MouseButton.LeftButton
        keys = Qt.KeyboardModifier.NoModifier
        self.mouseReleaseEvent(QMouseEvent(QEvent.Type.MouseButtonRelease, outside, outside, left, left, keys))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.tabAt(event.position().toPoint())
        if index >= 0:
            self._bar.edit_name(index)


class VariantBar(QWidget):
    """One tab for each variant, and a button that branches a new one."""

    def __init__(self, document: Document) -> None:
        super().__init__()
        self._document = document
        self.tabs = _Tabs(self)
        self.tabs.setDocumentMode(True)
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setMovable(True)
        self.tabs.setUsesScrollButtons(True)
        self.tabs.setElideMode(Qt.TextElideMode.ElideMiddle)  # copies differ at the end
        self.tabs.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.tabs.setAccessibleName("Variants")
        self.tabs.setToolTip(
            "Variants of the head. Click to return to one, double-click to rename, drag to put in order."
        )
        self.tabs.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.add = QToolButton()
        self.add.setText("+")
        self.add.setAutoRaise(True)
        self.add.setAccessibleName("New Variant")
        self.add.setToolTip("Go on in a copy of this head; this one stays as it is. (Ctrl+T)")
        self._editor: QLineEdit | None = None
        self._renamed = ""  # names are unique, and places change
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 2, 6, 0)
        layout.setSpacing(2)
        layout.addWidget(self.tabs)
        layout.addWidget(self.add)
        layout.addStretch()
        self.add.clicked.connect(lambda: commands.branch(document))
        self.tabs.currentChanged.connect(partial(commands.activate, document))
        self.tabs.tabMoved.connect(lambda place, index: commands.move(document, place, index))
        self.tabs.customContextMenuRequested.connect(self._show_menu)
        document.state_changed.connect(self._show_state)
        self._show_state(document.state)

    def rename_active(self) -> None:
        """Let the user rename the variant that is edited."""
        self.edit_name(self._document.state.active)

    def edit_name(self, index: int) -> None:
        """Let the user type another name over a tab; Enter or leaving sets it, Escape gives up."""
        self._end_editing()
        self._renamed = self._document.state.variants[index].name
        self._editor = editor = QLineEdit(self._renamed, self.tabs)
        editor.setAccessibleName("Name of the variant")
        self._place_editor()
        editor.selectAll()
        editor.show()
        editor.setFocus(Qt.FocusReason.OtherFocusReason)
        editor.editingFinished.connect(lambda: self._rename(editor))
        editor.installEventFilter(self)

    def _place_editor(self) -> None:
        """Lay what is typed over the tab that it names; end it where that is not there any more."""
        names = [variant.name for variant in self._document.state.variants]
        if self._editor and self._renamed in names:
            self._editor.setGeometry(self.tabs.tabRect(names.index(self._renamed)).adjusted(2, 2, -2, -2))
        else:
            self._end_editing()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let Escape give up the name that is being typed."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            self._end_editing()
            return True
        return super().eventFilter(watched, event)

    def _rename(self, editor: QLineEdit) -> None:
        if editor is not self._editor:
            return
        self._end_editing()
        if editor.text() != self._renamed:
            names = [variant.name for variant in self._document.state.variants]
            try:
                commands.rename(self._document, names.index(self._renamed), editor.text())
            except FacewrightError as error:
                show_error(self.window(), str(error))

    def _end_editing(self) -> None:
        if self._editor:
            editor, self._editor = self._editor, None
            editor.hide()
            editor.deleteLater()

    def _show_menu(self, place: QPoint) -> None:
        """What can be done with the tab under the pointer."""
        index = self.tabs.tabAt(place)
        if index < 0:
            return
        document = self._document
        menu = QMenu(self.window())
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        document.state_changed.connect(menu.close)  # as a fit that ends puts another variant in this place
        menu.addAction("Rename", partial(self.edit_name, index))
        menu.addAction("Delete", partial(commands.delete, document, index)).setEnabled(self.tabs.count() > 1)
        menu.popup(self.tabs.mapToGlobal(place))

    def _show_state(self, state: EditState) -> None:
        """Show the variants' names and which is edited, without reporting that as a change."""
        tabs, names = self.tabs, [literal(variant.name) for variant in state.variants]
        if (names, state.active) != ([tabs.tabText(index) for index in range(tabs.count())], tabs.currentIndex()):
            tabs.let_go()
        with QSignalBlocker(tabs):
            while tabs.count() > len(names):
                tabs.removeTab(tabs.count() - 1)
            for index, (name, variant) in enumerate(zip(names, state.variants, strict=True)):
                if index == tabs.count():
                    tabs.addTab(name)
                if tabs.tabText(index) != name:
                    tabs.setTabText(index, name)
                tabs.setTabToolTip(index, plain_tip(_origin(variant)))
            tabs.setCurrentIndex(state.active)
        self._place_editor()


def _origin(variant: Variant) -> str:
    """What a tab's tip says of its variant."""
    blend = variant.blend
    return f"{variant.name}: a blend of {blend.first.name} and {blend.second.name}" if blend else variant.name
