"""Which journey answers which operation."""

from __future__ import annotations

from types import MappingProxyType

from tallystick.protect import backoffice, banking, interchange, interop, proximate, remote
from tallystick.protect.corridor import Journeys

JOURNEYS: Journeys = MappingProxyType(
    {
        "remote.pay": remote.pay,
        "merchant.pay": proximate.pay_merchant,
        "banking.balance": banking.show_balance,
        "banking.statement": banking.show_statement,
        "banking.transfer": banking.transfer_to_bank,
        "purse.load": proximate.load,
        "purse.deposit": proximate.deposit,
        "purse.unload": proximate.unload,
        "purse.reserve": backoffice.reserve,
        "funds.confirm": backoffice.confirm,
        "emoney.issue": backoffice.issue,
        "emoney.settle": backoffice.settle,
        "payouts.list": backoffice.list_payouts,
        "books.reconcile": backoffice.reconcile,
        "customer.register": backoffice.register,
        "device.offer": backoffice.offer,
        "device.suspend": backoffice.suspend,
        "device.revoke": backoffice.revoke,
        "evidence.record": backoffice.record_trial,
        "code.create": interchange.create_code,
        "code.reserve": interchange.reserve_code,
        "code.release": interchange.release_code,
        "mandate.create": interchange.create_mandate,
        "authority.end": interchange.end,
        "request.list": interchange.show_requests,
        "request.approve": interchange.approve,
        "request.decline": interchange.decline,
        "partner.register": interchange.register,
        "partner.pay": interchange.pay,
        "partner.collect": interchange.collect,
        "partner.refund": interchange.refund,
        "partner.hold": interchange.hold,
        "partner.settle": interchange.settle,
        "partner.request": interchange.ask,
        "interop.find": interop.find,
        "interop.show": interop.show,
        "interop.pay": interop.pay,
        "interop.quote": interop.quote,
        "interop.receive": interop.receive,
        "interop.refuse": interop.refuse,
        "interop.answer": interop.answer,
        "interop.bulk": interop.gather,
        "agent.cash_in": proximate.cash_in,
        "agent.cash_out": proximate.cash_out,
        "payment.quote": banking.quote,
        "payment.refund": remote.refund,
        "payment.reverse": backoffice.reverse,
        "emoney.expire": backoffice.expire,
        "account.open": banking.open_account,
        "account.reactivate": banking.reactivate,
        "fx.exchange": banking.exchange,
        "partner.batch": interchange.close_batch,
        "partner.quote": interchange.quote,
    }
)
