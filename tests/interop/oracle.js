// Asks the scheme's own library (@mojaloop/sdk-standard-components) about one case, given as JSON on
// standard input: to sign, to verify, to make a packet, to read one, to try a fulfilment.
'use strict'

const { Jws, Ilp } = require('@mojaloop/sdk-standard-components')

const quiet = { debug () {}, info () {}, verbose () {}, warn () {}, error () {}, isDebugEnabled: false, child () { return quiet } }
const ilp = (secret) => Ilp.ilpFactory(Ilp.ILP_VERSIONS.v1, { secret, logger: quiet })

const ask = {
  sign ({ key, method, uri, headers, body }) {
    const request = { method, uri, headers, body }
    new Jws.signer({ signingKey: key, logger: quiet }).sign(request)
    return { headers: request.headers }
  },
  verify ({ source, key, headers, body }) {
    try {
      new Jws.validator({ validationKeys: { [source]: key }, logger: quiet }).validate({ headers, body })
      return { valid: true }
    } catch (error) {
      return { valid: false, said: String(error) }
    }
  },
  packet ({ secret, transaction }) {
    return ilp(secret).getResponseIlp(transaction)
  },
  read ({ packet }) {
    const decoded = ilp('s').decodeIlpPacket(packet)
    return { amount: decoded.amount, account: decoded.account, transaction: ilp('s').getTransactionObject(packet) }
  },
  fulfils ({ fulfilment, condition }) {
    return { fulfils: ilp('s').validateFulfil(fulfilment, condition) }
  }
}

const question = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))
process.stdout.write(JSON.stringify(question.map((one) => ask[one.ask](one))))
