/** A report as it goes over the wire: the ids are called `vendor`, `device`, `class` there (src/model/device-document.ts). */
export function hostReportToDocument({ devices, ...rest }) {
  return {
    ...rest,
    devices: devices.map(
      ({ vendorId, deviceId, classId, subsystemVendorId, subsystemDeviceId, ...facts }) => ({
        ...{ vendor: vendorId, device: deviceId, class: classId },
        ...{ subsystemVendor: subsystemVendorId, subsystemDevice: subsystemDeviceId },
        ...facts,
      }),
    ),
  }
}
