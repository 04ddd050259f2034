/** Addresses and interrupts of the board: those of QEMU's `virt`. */

export const FLASH_BASE = 0x0000_0000;
export const GIC_DISTRIBUTOR_BASE = 0x0800_0000;
export const GIC_CPU_INTERFACE_BASE = 0x0801_0000;
export const GIC_HYP_BASE = 0x0803_0000;
export const GIC_VIRTUAL_CPU_INTERFACE_BASE = 0x0804_0000;
/** Bytes of each of the GIC's frames in the device tree; the registers fill less. */
export const GIC_FRAME_SIZE = 0x1_0000;
export const UART_BASE = 0x0900_0000;
export const RTC_BASE = 0x0901_0000;
export const FW_CFG_BASE = 0x0902_0000;
export const GPIO_BASE = 0x0903_0000;
/** With the Security Extensions, in the Secure address space alone: a second PL011 and PL061, RAM, the flash's first bank. */
export const SECURE_UART_BASE = 0x0904_0000;
export const SECURE_GPIO_BASE = 0x090b_0000;
export const SECURE_RAM_BASE = 0x0e00_0000;
export const SECURE_RAM_SIZE = 0x0100_0000;
/** First of the virtio-mmio slots, which lie one after the other. */
export const VIRTIO_BASE = 0x0a00_0000;
export const RAM_BASE = 0x4000_0000;

/** Pins of the Secure PL061 that switch the machine off and reset it when they are driven high. */
export const SECURE_POWER_OFF_PIN = 0;
export const SECURE_RESET_PIN = 1;

/** Private peripheral interrupts, as device trees number them: interrupt ID less 16. */
export const PPI_MAINTENANCE = 9;
export const PPI_TIMER_HYP = 10;
export const PPI_TIMER_VIRTUAL = 11;
export const PPI_TIMER_SECURE = 13;
export const PPI_TIMER_NON_SECURE = 14;

/** Shared peripheral interrupts: interrupt ID less 32. */
/** As on QEMU's board, which gives it none of its own. */
export const SPI_SECURE_GPIO = 0;
export const SPI_UART = 1;
export const SPI_RTC = 2;
export const SPI_GPIO = 7;
export const SPI_SECURE_UART = 8;
/** Of virtio-mmio slot 0; slot n has this plus n. */
export const SPI_VIRTIO = 16;
